package io.xcomposer.model.checkpoint;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.channels.WritableByteChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.zip.CRC32;

/**
 * Writes zips as torch does: stored entries, content aligned to 64 bytes, zip64 where sizes or
 * places need it. Content is streamed, of any size.
 */
final class StoredZipWriter implements AutoCloseable {
  private static final int ALIGNMENT = 64;
  private static final long NARROW = 0xffffffffL;

  /** Writes the content of an entry. */
  interface Content {
    void write(WritableByteChannel channel) throws IOException;
  }

  private final FileChannel channel;
  private final long narrowBelow;
  private final ByteArrayOutputStream directory = new ByteArrayOutputStream();
  private int entries;

  private StoredZipWriter(FileChannel channel, long narrowBelow) {
    this.channel = channel;
    this.narrowBelow = narrowBelow;
  }

  static StoredZipWriter create(Path path) throws IOException {
    return new StoredZipWriter(open(path), NARROW);
  }

  /** Uses the zip64 fields for everything, as a file of more than 4 GiB would. */
  static StoredZipWriter createZip64(Path path) throws IOException {
    return new StoredZipWriter(open(path), 0);
  }

  void entry(String name, byte[] content) throws IOException {
    entry(name, content.length, target -> target.write(ByteBuffer.wrap(content)));
  }

  /** An entry of {@code size} bytes. */
  void entry(String name, long size, Content content) throws IOException {
    byte[] nameBytes = name.getBytes(StandardCharsets.UTF_8);
    long header = writeLocal(nameBytes, size);
    Checked checked = new Checked();
    content.write(checked);
    if (checked.written != size) {
      throw new IllegalStateException(name + ": " + checked.written + " bytes, not " + size);
    }
    int crc = (int) checked.crc.getValue();
    channel.write(numbers(4).putInt(crc).rewind(), header + 14);
    list(nameBytes, size, header, crc);
  }

  private long writeLocal(byte[] nameBytes, long size) throws IOException {
    long header = channel.position();
    boolean wide = size >= narrowBelow;
    int used = 30 + nameBytes.length + (wide ? 20 : 0) + 4;
    int padding = (int) ((ALIGNMENT - (header + used) % ALIGNMENT) % ALIGNMENT);
    ByteBuffer local = numbers(used + padding);
    local.putInt(0x04034b50).putShort((short) 45).putShort((short) 0x800).putShort((short) 0);
    local.putInt(0).putInt(0);
    local.putInt((int) (wide ? NARROW : size)).putInt((int) (wide ? NARROW : size));
    local.putShort((short) nameBytes.length);
    local.putShort((short) (used + padding - 30 - nameBytes.length)).put(nameBytes);
    if (wide) {
      local.putShort((short) 1).putShort((short) 16).putLong(size).putLong(size);
    }
    local.putShort((short) 0x4246).putShort((short) padding);
    writeAll(channel, local.rewind());
    return header;
  }

  /** An entry of {@code size} zeros, as a hole in a sparse file; its checksum is not computed. */
  void hole(String name, long size) throws IOException {
    long header = writeLocal(name.getBytes(StandardCharsets.UTF_8), size);
    channel.position(channel.position() + size);
    list(name.getBytes(StandardCharsets.UTF_8), size, header, 0);
  }

  private void list(byte[] name, long size, long header, int crc) {
    boolean wideSize = size >= narrowBelow;
    boolean wideHeader = header >= narrowBelow;
    int extra = (wideSize ? 16 : 0) + (wideHeader ? 8 : 0);
    int extraBytes = extra == 0 ? 0 : extra + 4;
    byte[] bytes = new byte[46 + name.length + extraBytes];
    ByteBuffer entry = ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN);
    entry.putInt(0x02014b50).putShort((short) 45).putShort((short) 45).putShort((short) 0x800);
    entry.putShort((short) 0).putInt(0).putInt(crc);
    entry.putInt((int) (wideSize ? NARROW : size)).putInt((int) (wideSize ? NARROW : size));
    entry.putShort((short) name.length).putShort((short) extraBytes).putShort((short) 0);
    entry.putShort((short) 0).putShort((short) 0).putInt(0);
    entry.putInt((int) (wideHeader ? NARROW : header)).put(name);
    if (extra > 0) {
      entry.putShort((short) 1).putShort((short) extra);
      if (wideSize) {
        entry.putLong(size).putLong(size);
      }
      if (wideHeader) {
        entry.putLong(header);
      }
    }
    directory.writeBytes(bytes);
    entries++;
  }

  /** Writes the directory. */
  @Override
  public void close() throws IOException {
    long start = channel.position();
    writeAll(channel, ByteBuffer.wrap(directory.toByteArray()));
    boolean wide = start >= narrowBelow;
    if (wide) {
      long end64 = channel.position();
      ByteBuffer end = numbers(76);
      end.putInt(0x06064b50).putLong(44).putShort((short) 45).putShort((short) 45);
      end.putInt(0).putInt(0).putLong(entries).putLong(entries);
      end.putLong(directory.size()).putLong(start);
      end.putInt(0x07064b50).putInt(0).putLong(end64).putInt(1);
      writeAll(channel, end.rewind());
    }
    ByteBuffer end = numbers(22);
    end.putInt(0x06054b50).putInt(0).putShort((short) entries).putShort((short) entries);
    end.putInt(directory.size()).putInt((int) (wide ? NARROW : start)).putShort((short) 0);
    writeAll(channel, end.rewind());
    channel.close();
  }

  private final class Checked implements WritableByteChannel {
    private final CRC32 crc = new CRC32();
    private long written;

    @Override
    public int write(ByteBuffer bytes) throws IOException {
      int length = bytes.remaining();
      crc.update(bytes.duplicate());
      writeAll(channel, bytes);
      written += length;
      return length;
    }

    @Override
    public boolean isOpen() {
      return channel.isOpen();
    }

    @Override
    public void close() {
      throw new UnsupportedOperationException("the zip closes its file");
    }
  }

  private static void writeAll(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  private static FileChannel open(Path path) throws IOException {
    return FileChannel.open(
        path,
        StandardOpenOption.CREATE,
        StandardOpenOption.TRUNCATE_EXISTING,
        StandardOpenOption.WRITE);
  }

  private static ByteBuffer numbers(int bytes) {
    return ByteBuffer.allocate(bytes).order(ByteOrder.LITTLE_ENDIAN);
  }
}
