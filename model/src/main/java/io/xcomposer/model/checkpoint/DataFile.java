package io.xcomposer.model.checkpoint;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.MappedByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Arrays;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * One open file of weights, never changed. Small parts are read; tensors are mapped in windows that
 * whoever maps them gives back.
 *
 * <p>The size is taken once. A file that shrinks afterwards gives an error at the next window; one
 * that shrinks while a window is mapped cannot be guarded against, as with any mapped file.
 */
final class DataFile implements AutoCloseable {
  private static final int MAX_OPEN_SOURCES = 64;
  private static final byte[] LFS_POINTER =
      "version https://git-lfs".getBytes(StandardCharsets.US_ASCII);

  private final String name;
  private final FileChannel channel;
  private final long size;
  private final AtomicInteger openSources = new AtomicInteger();

  private DataFile(String name, FileChannel channel, long size) {
    this.name = name;
    this.channel = channel;
    this.size = size;
  }

  static DataFile open(Path path) {
    String name = String.valueOf(path.getFileName());
    FileChannel channel = null;
    try {
      channel = FileChannel.open(path, StandardOpenOption.READ);
      DataFile file = new DataFile(name, channel, channel.size());
      file.requireContent();
      return file;
    } catch (IOException e) {
      closeQuietly(channel, e);
      throw Errors.checkpoint(
          name, "cannot be opened (" + e + ")", "check the file and its permissions", e);
    }
  }

  /** A clone without Git LFS leaves small text files in the place of the weights. */
  private void requireContent() {
    if (size >= LFS_POINTER.length && Arrays.equals(read(0, LFS_POINTER.length), LFS_POINTER)) {
      close();
      throw Errors.checkpoint(
          name, "a pointer of Git LFS, not the weights", "fetch them with git lfs pull");
    }
  }

  String name() {
    return name;
  }

  long size() {
    return size;
  }

  /** Copies {@code length} bytes from {@code offset} on; both are checked first. */
  byte[] read(long offset, int length) {
    requireInside(offset, length);
    byte[] copy = new byte[length];
    ByteBuffer bytes = ByteBuffer.wrap(copy);
    try {
      while (bytes.hasRemaining()) {
        if (channel.read(bytes, offset + bytes.position()) < 0) {
          throw truncated(offset, length);
        }
      }
    } catch (IOException e) {
      throw unreadable(e);
    }
    return copy;
  }

  /** As {@link #read}, to take little-endian numbers from. */
  ByteBuffer readNumbers(long offset, int length) {
    return ByteBuffer.wrap(read(offset, length)).order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Maps {@code length} bytes from {@code offset} on; the caller closes the window. */
  Window map(long offset, int length) {
    requireInside(offset, length);
    try {
      MappedByteBuffer bytes = channel.map(FileChannel.MapMode.READ_ONLY, offset, length);
      return Window.owning(bytes);
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  /** Counts a source of rows in; one that is never closed would keep its window resident. */
  void sourceOpened() {
    if (openSources.incrementAndGet() > MAX_OPEN_SOURCES) {
      throw new IllegalStateException(
          "more than " + MAX_OPEN_SOURCES + " weight sources of " + name + " are open: close them");
    }
  }

  void sourceClosed() {
    openSources.decrementAndGet();
  }

  @Override
  public void close() {
    try {
      channel.close();
    } catch (IOException e) {
      throw unreadable(e);
    }
  }

  private void requireInside(long offset, long length) {
    if (offset < 0 || length < 0 || offset > size - length) {
      throw truncated(offset, length);
    }
  }

  private XComposerException truncated(long offset, long length) {
    return Errors.checkpoint(
        name,
        "needs "
            + length
            + " bytes at offset "
            + offset
            + " and has "
            + size
            + " bytes: it is cut short or broken",
        "download the file again");
  }

  private XComposerException unreadable(IOException cause) {
    return Errors.checkpoint(
        name,
        "cannot be read (" + cause + ")",
        "check the disk and download the file again",
        cause);
  }

  private static void closeQuietly(FileChannel channel, IOException cause) {
    if (channel != null) {
      try {
        channel.close();
      } catch (IOException e) {
        cause.addSuppressed(e);
      }
    }
  }
}
