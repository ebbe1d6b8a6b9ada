package io.xcomposer.model.image;

import java.io.ByteArrayOutputStream;
import java.io.IOException;

/**
 * TIFF pages whose strips or tiles are JPEG streams. As in libtiff, the page says what the
 * components mean, not the markers of the streams.
 */
final class TiffJpeg {
  private static final int INVERTED_GREY = 0;
  private static final int GREY = 1;
  private static final int RGB = 2;
  private static final int CMYK = 5;
  private static final int YCBCR = 6;

  private final PixelLimit limit;
  private final JpegCodec codec;

  TiffJpeg(PixelLimit limit, JpegCodec codec) {
    this.limit = limit;
    this.codec = codec;
  }

  RgbImage decode(byte[] file, TiffDirectory directory, TiffSegments segments) throws IOException {
    if (directory.value(TiffDirectory.PLANAR, 1) != 1) {
      throw new BrokenImageException("JPEG in separate planes is not supported");
    }
    if (segments.lengths().length == 0) {
      throw new BrokenImageException("the lengths of its JPEG streams are missing");
    }
    JpegFrame.ColorSpace colors = colors((int) directory.value(TiffDirectory.PHOTOMETRIC, 0));
    byte[] tables = tables(directory);
    byte[] pixels = new byte[3 * segments.width() * segments.height()];
    int across = (segments.width() + segments.segmentWidth() - 1) / segments.segmentWidth();
    int down = (segments.height() + segments.segmentHeight() - 1) / segments.segmentHeight();
    for (int i = 0; i < across * down; i++) {
      byte[] stream = withTables(tables, file, segments.offsets()[i], segments.lengths()[i]);
      JpegFrame frame = JpegFrame.read(stream);
      limit.check(ImageFormat.JPEG, frame.width(), frame.height());
      int left = i % across * segments.segmentWidth();
      int top = i / across * segments.segmentHeight();
      place(codec.decode(frame, colors), pixels, segments, left, top);
    }
    return new RgbImage(segments.width(), segments.height(), pixels);
  }

  private static JpegFrame.ColorSpace colors(int photometric) throws BrokenImageException {
    return switch (photometric) {
      case INVERTED_GREY -> JpegFrame.ColorSpace.INVERTED_GREY;
      case GREY -> JpegFrame.ColorSpace.GREY;
      case RGB -> JpegFrame.ColorSpace.RGB;
      case CMYK -> JpegFrame.ColorSpace.INKS;
      case YCBCR -> JpegFrame.ColorSpace.YCBCR;
      default ->
          throw new BrokenImageException(
              "JPEG with photometric interpretation %d is not supported".formatted(photometric));
    };
  }

  /** The segments of the tables-only stream, without its start and end markers. */
  private static byte[] tables(TiffDirectory directory) throws BrokenImageException {
    long[] stream = directory.values(TiffDirectory.JPEG_TABLES);
    byte[] tables = new byte[Math.max(0, stream.length - 4)];
    for (int i = 0; i < tables.length; i++) {
      tables[i] = (byte) stream[i + 2];
    }
    return tables;
  }

  private static byte[] withTables(byte[] tables, byte[] file, int offset, int length)
      throws BrokenImageException {
    if (length < 4) {
      throw BrokenImageException.truncated();
    }
    ByteArrayOutputStream stream = new ByteArrayOutputStream(tables.length + length);
    stream.write(file, offset, 2);
    stream.writeBytes(tables);
    stream.write(file, offset + 2, length - 2);
    return stream.toByteArray();
  }

  private static void place(
      RgbImage segment, byte[] pixels, TiffSegments segments, int left, int top)
      throws BrokenImageException {
    int width = Math.min(segments.segmentWidth(), segments.width() - left);
    int height = Math.min(segments.segmentHeight(), segments.height() - top);
    if (segment.width() < width || segment.height() < height) {
      throw new BrokenImageException(
          "a JPEG stream of %dx%d pixels does not fill its strip or tile of %dx%d"
              .formatted(segment.width(), segment.height(), width, height));
    }
    for (int y = 0; y < height; y++) {
      System.arraycopy(
          segment.pixels(),
          3 * y * segment.width(),
          pixels,
          3 * ((top + y) * segments.width() + left),
          3 * width);
    }
  }
}
