package io.xcomposer.model.text;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;

/**
 * Walks over the fields of one protobuf message in wire format. Every length is checked against
 * what is left of the message before anything is read or allocated.
 *
 * <p>Use: {@code while (reader.next()) switch (reader.field()) …}, reading or skipping each value.
 */
final class ProtobufReader {
  private static final int VARINT = 0;
  private static final int FIXED64 = 1;
  private static final int BYTES = 2;
  private static final int FIXED32 = 5;
  private static final int LONGEST_VARINT = 10;

  private final String file;
  private final byte[] bytes;
  private final int end;
  private int position;
  private int field;
  private int wireType;

  /**
   * A reader over a whole file.
   *
   * @param file its name, for errors
   */
  ProtobufReader(String file, byte[] bytes) {
    this(file, bytes, 0, bytes.length);
  }

  private ProtobufReader(String file, byte[] bytes, int start, int end) {
    this.file = file;
    this.bytes = bytes;
    this.position = start;
    this.end = end;
  }

  /** Goes to the next field; false at the end of the message. */
  boolean next() {
    if (position == end) {
      return false;
    }
    long tag = varint();
    if (tag >>> 3 == 0 || tag >>> 32 != 0) {
      throw broken("field tag " + Long.toUnsignedString(tag) + " is not valid");
    }
    field = (int) (tag >>> 3);
    wireType = (int) (tag & 7);
    return true;
  }

  int field() {
    return field;
  }

  /** The value as an embedded message. */
  ProtobufReader message() {
    int length = length();
    ProtobufReader message = new ProtobufReader(file, bytes, position, position + length);
    position += length;
    return message;
  }

  /** The value as text, which must be UTF-8. */
  String text() {
    int length = length();
    try {
      String text =
          StandardCharsets.UTF_8
              .newDecoder()
              .decode(ByteBuffer.wrap(bytes, position, length))
              .toString();
      position += length;
      return text;
    } catch (CharacterCodingException e) {
      throw broken("field " + field + " is not UTF-8 text");
    }
  }

  /** Length of the value in bytes; the value itself is passed over. */
  int byteCount() {
    int length = length();
    position += length;
    return length;
  }

  /** The value as an integer, enum or bool. */
  long number() {
    expect(VARINT);
    return varint();
  }

  float float32() {
    expect(FIXED32);
    require(Float.BYTES);
    float value = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getFloat(position);
    position += Float.BYTES;
    return value;
  }

  /** Passes over a value that is of no use here. */
  void skip() {
    switch (wireType) {
      case VARINT -> varint();
      case FIXED64 -> skipBytes(Long.BYTES);
      case FIXED32 -> skipBytes(Integer.BYTES);
      case BYTES -> skipBytes(length());
      default -> throw broken("wire type " + wireType + " of field " + field + " is not known");
    }
  }

  /** An error at the present place. */
  XComposerException broken(String reason) {
    return Errors.checkpoint(
        file,
        "not a SentencePiece model: " + reason + " (near byte " + position + ")",
        "copy the file again from where the checkpoint comes from");
  }

  private void skipBytes(int count) {
    require(count);
    position += count;
  }

  private int length() {
    expect(BYTES);
    long length = varint();
    if (length < 0 || length > end - position) {
      throw broken(
          "field %d says it has %s bytes but %d are left"
              .formatted(field, Long.toUnsignedString(length), end - position));
    }
    return (int) length;
  }

  private void expect(int type) {
    if (wireType != type) {
      throw broken("field %d has wire type %d, not %d".formatted(field, wireType, type));
    }
  }

  private void require(int count) {
    if (end - position < count) {
      throw broken("field " + field + " is cut off");
    }
  }

  private long varint() {
    long value = 0;
    for (int i = 0; i < LONGEST_VARINT; i++) {
      require(1);
      byte b = bytes[position++];
      value |= (long) (b & 0x7f) << (7 * i);
      if (b >= 0) {
        return value;
      }
    }
    throw broken("a number has more than " + LONGEST_VARINT + " bytes");
  }
}
