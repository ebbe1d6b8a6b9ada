package io.xcomposer.model.text;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes {@code tokenizer.model} files, valid and not: protobuf wire format by hand. */
final class ModelProto {
  static final int NORMAL = 1;
  static final int UNKNOWN = 2;
  static final int CONTROL = 3;
  static final int USER_DEFINED = 4;
  static final int UNUSED = 5;
  static final int BYTE = 6;

  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** What every supported model starts with: {@code <unk>, <s>, </s>} and the bytes. */
  static ModelProto withBytes() {
    ModelProto model =
        new ModelProto()
            .piece("<unk>", 0, UNKNOWN)
            .piece("<s>", 0, CONTROL)
            .piece("</s>", 0, CONTROL);
    for (int value = 0; value < 256; value++) {
      model.piece("<0x%02X>".formatted(value), 0, BYTE);
    }
    return model;
  }

  /** The settings of the real model. */
  ModelProto supportedSettings() {
    return trainer(2, 1).normalizer(0, 0, 1);
  }

  ModelProto piece(String text, float score, int type) {
    return message(
        1,
        new ModelProto()
            .bytes(1, text.getBytes(StandardCharsets.UTF_8))
            .float32(2, score)
            .number(3, type));
  }

  ModelProto trainer(int modelType, int byteFallback) {
    return message(2, new ModelProto().number(3, modelType).number(35, byteFallback));
  }

  ModelProto normalizer(int addDummyPrefix, int removeExtra, int escape) {
    return message(
        3, new ModelProto().number(3, addDummyPrefix).number(4, removeExtra).number(5, escape));
  }

  ModelProto message(int field, ModelProto message) {
    return bytes(field, message.toBytes());
  }

  ModelProto bytes(int field, byte[] value) {
    varint((long) field << 3 | 2);
    varint(value.length);
    out.writeBytes(value);
    return this;
  }

  ModelProto number(int field, long value) {
    varint((long) field << 3);
    varint(value);
    return this;
  }

  ModelProto float32(int field, float value) {
    varint((long) field << 3 | 5);
    out.writeBytes(ByteBuffer.allocate(4).order(ByteOrder.LITTLE_ENDIAN).putFloat(value).array());
    return this;
  }

  ModelProto raw(int... bytes) {
    for (int b : bytes) {
      out.write(b);
    }
    return this;
  }

  private void varint(long value) {
    long rest = value;
    while ((rest & ~0x7fL) != 0) {
      out.write((int) ((rest & 0x7f) | 0x80));
      rest >>>= 7;
    }
    out.write((int) rest);
  }

  byte[] toBytes() {
    return out.toByteArray();
  }
}
