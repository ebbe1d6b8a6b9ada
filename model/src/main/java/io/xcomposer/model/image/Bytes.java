package io.xcomposer.model.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Unsigned numbers out of a file; a read behind its end is a truncated file. */
final class Bytes {
  private final ByteBuffer file;

  private Bytes(ByteBuffer file) {
    this.file = file;
  }

  static Bytes bigEndian(byte[] file) {
    return new Bytes(ByteBuffer.wrap(file));
  }

  static Bytes littleEndian(byte[] file) {
    return new Bytes(ByteBuffer.wrap(file).order(ByteOrder.LITTLE_ENDIAN));
  }

  int length() {
    return file.limit();
  }

  int u8(int at) throws BrokenImageException {
    require(at, 1);
    return file.get(at) & 0xff;
  }

  int u16(int at) throws BrokenImageException {
    require(at, 2);
    return file.getShort(at) & 0xffff;
  }

  int u24(int at) throws BrokenImageException {
    return file.order() == ByteOrder.BIG_ENDIAN
        ? u8(at) << 16 | u16(at + 1)
        : u8(at + 2) << 16 | u16(at);
  }

  long u32(int at) throws BrokenImageException {
    require(at, 4);
    return file.getInt(at) & 0xffffffffL;
  }

  /** A value that is too large for a long is behind the end of every file. */
  long u64(int at) throws BrokenImageException {
    require(at, 8);
    long value = file.getLong(at);
    if (value < 0) {
      throw BrokenImageException.truncated();
    }
    return value;
  }

  /** Refuses a stretch that is not wholly within the file. */
  void require(long at, long length) throws BrokenImageException {
    if (at < 0 || length < 0 || at > file.limit() - length) {
      throw BrokenImageException.truncated();
    }
  }

  byte[] copy(int at, int length) throws BrokenImageException {
    require(at, length);
    byte[] copy = new byte[length];
    file.get(at, copy);
    return copy;
  }

  /** Whether the ASCII letters of {@code text} stand at {@code at}. */
  boolean has(int at, String text) {
    if (at < 0 || at > file.limit() - text.length()) {
      return false;
    }
    for (int i = 0; i < text.length(); i++) {
      if (file.get(at + i) != text.charAt(i)) {
        return false;
      }
    }
    return true;
  }
}
