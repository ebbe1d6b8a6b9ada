package io.xcomposer.model.checkpoint;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.config.StrictJson;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * The central directory of a zip whose entries are stored, with the place of each entry's bytes in
 * the file. {@code java.util.zip} does not tell that place, which mapping needs. Zip64 is read:
 * weights lie beyond 4 GiB. Compressed, encrypted, overlapping and repeated entries are refused, so
 * the entries can never add up to more than the file.
 */
final class ZipDirectory {
  /**
   * @param offset first byte of the content in the file
   * @param size bytes of the content
   */
  record Entry(String name, long offset, long size) {}

  private static final int END_SIGNATURE = 0x06054b50;
  private static final int END_BYTES = 22;
  private static final int MAX_COMMENT = 0xffff;
  private static final int LOCATOR_SIGNATURE = 0x07064b50;
  private static final int LOCATOR_BYTES = 20;
  private static final int END64_SIGNATURE = 0x06064b50;
  private static final int END64_BYTES = 56;
  private static final int ENTRY_SIGNATURE = 0x02014b50;
  private static final int ENTRY_BYTES = 46;
  private static final int LOCAL_SIGNATURE = 0x04034b50;
  private static final int LOCAL_BYTES = 30;
  private static final int EXTRA_ZIP64 = 1;
  private static final int ENCRYPTED = 1;
  private static final int MAX_DIRECTORY_BYTES = 64 << 20;
  private static final int MAX_ENTRIES = 1 << 16;
  private static final int MAX_NAME_BYTES = 1024;
  private static final long IN_ZIP64 = 0xffffffffL;

  private record Extent(long offset, long bytes, long entries) {}

  private record Listed(String name, long size, long header) {}

  private final DataFile file;

  private ZipDirectory(DataFile file) {
    this.file = file;
  }

  /** All entries by name. */
  static Map<String, Entry> read(DataFile file) {
    ZipDirectory directory = new ZipDirectory(file);
    Extent extent = directory.extent();
    return directory.place(directory.list(extent), extent.offset());
  }

  /** Where the central directory is, from the record at the end of the file. */
  private Extent extent() {
    int tail = (int) Math.min(file.size(), END_BYTES + MAX_COMMENT);
    ByteBuffer bytes = file.readNumbers(file.size() - tail, tail);
    for (int at = tail - END_BYTES; at >= 0; at--) {
      // A comment must fill the rest of the file, else the signature is part of something else.
      if (bytes.getInt(at) == END_SIGNATURE
          && Short.toUnsignedInt(bytes.getShort(at + 20)) == tail - END_BYTES - at) {
        return extent(bytes, at, file.size() - tail + at);
      }
    }
    throw broken("no directory of a zip at its end: it is cut short or no torch file");
  }

  private Extent extent(ByteBuffer bytes, int at, long end) {
    Extent extent =
        new Extent(
            Integer.toUnsignedLong(bytes.getInt(at + 16)),
            Integer.toUnsignedLong(bytes.getInt(at + 12)),
            Short.toUnsignedLong(bytes.getShort(at + 10)));
    if (end >= LOCATOR_BYTES) {
      ByteBuffer locator = file.readNumbers(end - LOCATOR_BYTES, LOCATOR_BYTES);
      if (locator.getInt(0) == LOCATOR_SIGNATURE) {
        extent = extent64(locator.getLong(8));
        end -= LOCATOR_BYTES;
      }
    }
    boolean fits =
        extent.bytes() >= 0
            && extent.bytes() <= MAX_DIRECTORY_BYTES
            && extent.entries() >= 0
            && extent.entries() <= MAX_ENTRIES
            && extent.offset() >= 0
            && extent.offset() <= end - extent.bytes();
    if (!fits) {
      throw broken(
          "a zip directory of "
              + Long.toUnsignedString(extent.entries())
              + " entries at byte "
              + Long.toUnsignedString(extent.offset())
              + " is impossible or beyond the limits");
    }
    return extent;
  }

  private Extent extent64(long at) {
    ByteBuffer end = file.readNumbers(at, END64_BYTES);
    if (end.getInt(0) != END64_SIGNATURE) {
      throw broken("its zip64 directory is not where the file says");
    }
    return new Extent(end.getLong(48), end.getLong(40), end.getLong(32));
  }

  private List<Listed> list(Extent extent) {
    ByteBuffer bytes = file.readNumbers(extent.offset(), (int) extent.bytes());
    List<Listed> listed = new ArrayList<>();
    for (long i = 0; i < extent.entries(); i++) {
      listed.add(next(bytes));
    }
    return listed;
  }

  private Listed next(ByteBuffer bytes) {
    int at = bytes.position();
    if (bytes.remaining() < ENTRY_BYTES || bytes.getInt(at) != ENTRY_SIGNATURE) {
      throw broken("its zip directory is damaged at byte " + at);
    }
    int nameBytes = Short.toUnsignedInt(bytes.getShort(at + 28));
    int extraBytes = Short.toUnsignedInt(bytes.getShort(at + 30));
    int commentBytes = Short.toUnsignedInt(bytes.getShort(at + 32));
    if (nameBytes > MAX_NAME_BYTES
        || bytes.remaining() < ENTRY_BYTES + nameBytes + extraBytes + commentBytes) {
      throw broken("its zip directory is damaged at byte " + at);
    }
    byte[] name = new byte[nameBytes];
    bytes.get(at + ENTRY_BYTES, name);
    String text = StrictJson.text(file.name(), name);
    if ((bytes.getShort(at + 8) & ENCRYPTED) != 0 || bytes.getShort(at + 10) != 0) {
      throw broken(
          "the zip entry " + StrictJson.shortened(text) + " is compressed or encrypted",
          "save it with torch.save, which stores entries as they are");
    }
    ByteBuffer extra = bytes.slice(at + ENTRY_BYTES + nameBytes, extraBytes).order(bytes.order());
    Listed entry = sizes(text, bytes, at, extra);
    bytes.position(at + ENTRY_BYTES + nameBytes + extraBytes + commentBytes);
    return entry;
  }

  /** Sizes and offset; those that do not fit 32 bits stand in the zip64 field, in fixed order. */
  private Listed sizes(String name, ByteBuffer bytes, int at, ByteBuffer extra) {
    ByteBuffer wide = zip64(name, extra);
    long size = wide(name, Integer.toUnsignedLong(bytes.getInt(at + 24)), wide);
    long stored = wide(name, Integer.toUnsignedLong(bytes.getInt(at + 20)), wide);
    long header = wide(name, Integer.toUnsignedLong(bytes.getInt(at + 42)), wide);
    if (size < 0 || stored != size || header < 0) {
      throw broken("the zip entry " + StrictJson.shortened(name) + " has impossible sizes");
    }
    return new Listed(name, size, header);
  }

  private ByteBuffer zip64(String name, ByteBuffer extra) {
    while (extra.remaining() >= 4) {
      int id = Short.toUnsignedInt(extra.getShort());
      int length = Short.toUnsignedInt(extra.getShort());
      if (length > extra.remaining()) {
        throw broken("the zip entry " + StrictJson.shortened(name) + " has a damaged extra field");
      }
      if (id == EXTRA_ZIP64) {
        return extra.slice(extra.position(), length).order(extra.order());
      }
      extra.position(extra.position() + length);
    }
    return ByteBuffer.allocate(0);
  }

  private long wide(String name, long narrow, ByteBuffer wide) {
    if (narrow != IN_ZIP64) {
      return narrow;
    }
    if (wide.remaining() < Long.BYTES) {
      throw broken("the zip entry " + StrictJson.shortened(name) + " lacks its zip64 sizes");
    }
    return wide.getLong();
  }

  /** Finds the content behind each local header; no two entries may share a byte. */
  private Map<String, Entry> place(List<Listed> listed, long directoryStart) {
    listed.sort(Comparator.comparingLong(Listed::header));
    Map<String, Entry> entries = new LinkedHashMap<>();
    long used = 0;
    for (Listed entry : listed) {
      if (entry.header() < used || entry.header() > directoryStart - LOCAL_BYTES) {
        throw misplaced(entry.name());
      }
      ByteBuffer local = file.readNumbers(entry.header(), LOCAL_BYTES);
      int nameBytes = Short.toUnsignedInt(local.getShort(26));
      long offset =
          entry.header() + LOCAL_BYTES + nameBytes + Short.toUnsignedInt(local.getShort(28));
      if (local.getInt(0) != LOCAL_SIGNATURE || offset > directoryStart - entry.size()) {
        throw misplaced(entry.name());
      }
      requireSameName(entry, nameBytes);
      used = offset + entry.size();
      if (entries.put(entry.name(), new Entry(entry.name(), offset, entry.size())) != null) {
        throw broken("it has two zip entries " + StrictJson.shortened(entry.name()));
      }
    }
    return Collections.unmodifiableMap(entries);
  }

  private void requireSameName(Listed entry, int nameBytes) {
    byte[] name = file.read(entry.header() + LOCAL_BYTES, Math.min(nameBytes, MAX_NAME_BYTES + 1));
    if (!StrictJson.text(file.name(), name).equals(entry.name())) {
      throw misplaced(entry.name());
    }
  }

  private XComposerException misplaced(String name) {
    return broken(
        "the zip entry " + StrictJson.shortened(name) + " overlaps another or is not in the file");
  }

  private XComposerException broken(String problem) {
    return broken(problem, "download the file again");
  }

  private XComposerException broken(String problem, String remedy) {
    return Errors.checkpoint(file.name(), problem, remedy);
  }
}
