package io.xcomposer.model.checkpoint;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;

/** Writes pickles of protocol 2 opcode by opcode, honest ones and others. */
final class PickleWriter {
  private final ByteArrayOutputStream out = new ByteArrayOutputStream();

  /** A writer that has begun with the protocol. */
  static PickleWriter begin() {
    return new PickleWriter().op(0x80, 2);
  }

  PickleWriter op(int... bytes) {
    for (int value : bytes) {
      out.write(value);
    }
    return this;
  }

  PickleWriter mark() {
    return op('(');
  }

  PickleWriter emptyDict() {
    return op('}');
  }

  PickleWriter tuple() {
    return op('t');
  }

  PickleWriter reduce() {
    return op('R');
  }

  PickleWriter text(String text) {
    byte[] bytes = text.getBytes(StandardCharsets.UTF_8);
    op('X').int32(bytes.length);
    out.writeBytes(bytes);
    return this;
  }

  PickleWriter global(String module, String name) {
    op('c');
    out.writeBytes((module + "\n" + name + "\n").getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** LONG1 of eight bytes, which holds any long. */
  PickleWriter integer(long value) {
    op(0x8a, Long.BYTES);
    out.writeBytes(
        ByteBuffer.allocate(Long.BYTES).order(ByteOrder.LITTLE_ENDIAN).putLong(0, value).array());
    return this;
  }

  PickleWriter int32(int value) {
    out.writeBytes(
        ByteBuffer.allocate(Integer.BYTES).order(ByteOrder.LITTLE_ENDIAN).putInt(0, value).array());
    return this;
  }

  PickleWriter integers(long... values) {
    mark();
    for (long value : values) {
      integer(value);
    }
    return tuple();
  }

  PickleWriter storage(String type, String key, long elements) {
    mark().text("storage").global("torch", type).text(key).text("cpu").integer(elements).tuple();
    return op('Q');
  }

  /** A tensor over its own storage. */
  PickleWriter tensor(
      String type, String key, long elements, long offset, long[] sizes, long[] strides) {
    global("torch._utils", "_rebuild_tensor_v2").mark().storage(type, key, elements);
    integer(offset).integers(sizes).integers(strides).op(0x89);
    global("collections", "OrderedDict").op(')').reduce();
    return tuple().reduce();
  }

  /** Ends the pickle. */
  byte[] stop() {
    return op('.').out.toByteArray();
  }
}
