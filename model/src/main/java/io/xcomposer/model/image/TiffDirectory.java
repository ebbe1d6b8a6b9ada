package io.xcomposer.model.image;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * The first directory of a TIFF or BigTIFF file: its numeric fields, and the file with a directory
 * of only those fields that make pixels. Further pages, profiles, EXIF and other nested directories
 * never reach the reader.
 */
final class TiffDirectory {
  static final int WIDTH = 256;
  static final int HEIGHT = 257;
  static final int BITS_PER_SAMPLE = 258;
  static final int COMPRESSION = 259;
  static final int PHOTOMETRIC = 262;
  static final int STRIP_OFFSETS = 273;
  static final int ORIENTATION = 274;
  static final int SAMPLES_PER_PIXEL = 277;
  static final int ROWS_PER_STRIP = 278;
  static final int STRIP_BYTE_COUNTS = 279;
  static final int PLANAR = 284;
  static final int COLOR_MAP = 320;
  static final int TILE_WIDTH = 322;
  static final int TILE_HEIGHT = 323;
  static final int TILE_OFFSETS = 324;
  static final int TILE_BYTE_COUNTS = 325;
  static final int EXTRA_SAMPLES = 338;
  static final int SAMPLE_FORMAT = 339;
  static final int JPEG_TABLES = 347;

  /** What the reader gets: the fields above but for the orientation, and what codecs need. */
  private static final int[] KEPT = {
    256, 257, 258, 259, 262, 266, 273, 277, 278, 279, 284, 292, 293, 317, 320, 322, 323, 324, 325,
    332, 334, 338, 339, 529, 530, 531, 532
  };

  private static final int BYTE = 1;
  private static final int SHORT = 3;
  private static final int LONG = 4;
  private static final int SBYTE = 6;
  private static final int UNDEFINED = 7;
  private static final int SSHORT = 8;
  private static final int SLONG = 9;
  private static final int IFD = 13;
  private static final int LONG8 = 16;
  private static final int SLONG8 = 17;
  private static final int IFD8 = 18;

  private final byte[] file;
  private final Bytes bytes;
  private final boolean big;
  private final int start;
  private final Map<Integer, Integer> entries = new TreeMap<>();

  private TiffDirectory(byte[] file) throws BrokenImageException {
    this.file = file;
    this.bytes = file[0] == 'M' ? Bytes.bigEndian(file) : Bytes.littleEndian(file);
    this.big = bytes.u16(2) == 43;
    this.start = offset(big ? 8 : 4);
    long count = big ? bytes.u64(start) : bytes.u16(start);
    int first = start + (big ? 8 : 2);
    if (count > file.length) {
      throw BrokenImageException.truncated();
    }
    bytes.require(first, count * entrySize());
    for (int i = 0; i < count; i++) {
      int entry = first + i * entrySize();
      entries.putIfAbsent(bytes.u16(entry), entry);
    }
  }

  static TiffDirectory read(byte[] file) throws BrokenImageException {
    return new TiffDirectory(file);
  }

  boolean isBig() {
    return big;
  }

  boolean has(int tag) {
    return entries.containsKey(tag);
  }

  /** The single or first value of a field, or {@code missing} where there is none. */
  long value(int tag, long missing) throws BrokenImageException {
    long[] values = values(tag);
    return values.length == 0 ? missing : values[0];
  }

  /** All values of a field; none where it is missing. */
  long[] values(int tag) throws BrokenImageException {
    Integer entry = entries.get(tag);
    if (entry == null) {
      return new long[0];
    }
    int type = bytes.u16(entry + 2);
    int size = sizeOf(tag, type);
    int count = count(entry, size);
    int at = valueAt(entry, (long) count * size);
    long[] values = new long[count];
    for (int i = 0; i < count; i++) {
      values[i] =
          switch (size) {
            case 1 -> bytes.u8(at + i);
            case 2 -> bytes.u16(at + 2 * i);
            case 4 -> bytes.u32(at + 4 * i);
            default -> bytes.u64(at + 8 * i);
          };
    }
    return values;
  }

  /** A copy of the file with fewer fields in this directory, and none behind it. */
  byte[] pixelsOnly() {
    ByteOrder order = file[0] == 'M' ? ByteOrder.BIG_ENDIAN : ByteOrder.LITTLE_ENDIAN;
    int[] kept = Arrays.stream(KEPT).filter(entries::containsKey).toArray();
    byte[] copy = file.clone();
    ByteBuffer out = ByteBuffer.wrap(copy).order(order).position(start);
    if (big) {
      out.putLong(kept.length);
    } else {
      out.putShort((short) kept.length);
    }
    for (int tag : kept) {
      out.put(file, entries.get(tag), entrySize());
    }
    // The place of the next directory; a file that ends with its entries has none.
    out.put(new byte[Math.min(out.remaining(), big ? 8 : 4)]);
    return copy;
  }

  private int entrySize() {
    return big ? 20 : 12;
  }

  private static int sizeOf(int tag, int type) throws BrokenImageException {
    return switch (type) {
      case BYTE, SBYTE, UNDEFINED -> 1;
      case SHORT, SSHORT -> 2;
      case LONG, SLONG, IFD -> 4;
      case LONG8, SLONG8, IFD8 -> 8;
      default -> throw new BrokenImageException("field %d has type %d".formatted(tag, type));
    };
  }

  private int count(int entry, int size) throws BrokenImageException {
    long count = big ? bytes.u64(entry + 4) : bytes.u32(entry + 4);
    if (count > file.length / size) {
      throw BrokenImageException.truncated();
    }
    return (int) count;
  }

  /** Short values stand in the entry itself, longer ones where it points to. */
  private int valueAt(int entry, long length) throws BrokenImageException {
    int field = entry + (big ? 12 : 8);
    int at = length <= (big ? 8 : 4) ? field : offset(field);
    bytes.require(at, length);
    return at;
  }

  private int offset(int at) throws BrokenImageException {
    long offset = big ? bytes.u64(at) : bytes.u32(at);
    if (offset > file.length) {
      throw BrokenImageException.truncated();
    }
    return (int) offset;
  }
}
