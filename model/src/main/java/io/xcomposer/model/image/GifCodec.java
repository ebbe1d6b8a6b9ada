package io.xcomposer.model.image;

import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/**
 * GIF, first frame on its canvas. The reader gets that frame alone, with a table of 256 colours, so
 * that it gives the indices as they are; the colours are looked up here.
 */
final class GifCodec implements Codec {
  private static final int SCREEN = 6;
  private static final int TABLE = 13;
  private static final int EXTENSION = 0x21;
  private static final int IMAGE = 0x2c;
  private static final int TRAILER = 0x3b;
  private static final int GRAPHIC_CONTROL = 0xf9;
  private static final int HAS_TABLE = 0x80;
  private static final int INTERLACED = 0x40;
  private static final int FULL_TABLE = 7;

  /** Where the data starts in a file that has a frame alone. */
  private static final int DATA_ALONE = TABLE + 3 * 256 + 10;

  private final PixelLimit limit;
  private final ImageReaderSpi provider = JdkReaders.provider("gif");

  GifCodec(PixelLimit limit) {
    this.limit = limit;
  }

  @Override
  public RgbImage decode(byte[] file) throws IOException {
    Frame frame = Frame.read(file);
    limit.check(ImageFormat.GIF, frame.canvasWidth(), frame.canvasHeight());
    limit.check(ImageFormat.GIF, frame.width(), frame.height());
    GifData.requirePixels(
        Bytes.littleEndian(frame.alone()), DATA_ALONE, (long) frame.width() * frame.height());
    Raster raster = readIndices(frame.alone());
    RgbImage picture = RasterPixels.lookUp(raster, frame.colors());
    if (frame.fillsCanvas()) {
      return picture;
    }
    return onCanvas(picture, frame);
  }

  private Raster readIndices(byte[] file) throws IOException {
    ImageReader reader = JdkReaders.open(provider, file);
    try {
      return reader.read(0).getRaster();
    } finally {
      reader.dispose();
    }
  }

  /** Around the frame the canvas has the transparent colour, or the first one. */
  private static RgbImage onCanvas(RgbImage picture, Frame frame) {
    byte[] canvas = new byte[3 * frame.canvasWidth() * frame.canvasHeight()];
    int background = frame.colors()[frame.background()];
    for (int i = 0; i < canvas.length; i += 3) {
      canvas[i] = (byte) (background >> 16);
      canvas[i + 1] = (byte) (background >> 8);
      canvas[i + 2] = (byte) background;
    }
    for (int y = 0; y < picture.height(); y++) {
      System.arraycopy(
          picture.pixels(),
          3 * y * picture.width(),
          canvas,
          3 * ((frame.top() + y) * frame.canvasWidth() + frame.left()),
          3 * picture.width());
    }
    return new RgbImage(frame.canvasWidth(), frame.canvasHeight(), canvas);
  }

  /**
   * The first frame as the file describes it.
   *
   * @param background index of the colour around the frame
   * @param colors of 256 indices; those that the table leaves out are grey, as in the reference
   * @param alone a file with this frame only
   */
  private record Frame(
      int canvasWidth,
      int canvasHeight,
      int left,
      int top,
      int width,
      int height,
      int background,
      int[] colors,
      byte[] alone) {

    boolean fillsCanvas() {
      return width == canvasWidth && height == canvasHeight;
    }

    static Frame read(byte[] file) throws BrokenImageException {
      Bytes bytes = Bytes.littleEndian(file);
      int flags = bytes.u8(SCREEN + 4);
      int[] colors = table(bytes, TABLE, flags);
      int at = TABLE + tableLength(flags);
      int background = 0;
      while (bytes.u8(at) != IMAGE) {
        int block = bytes.u8(at++);
        if (block == TRAILER) {
          throw new BrokenImageException("it has no picture in it");
        }
        if (block == EXTENSION) {
          if (bytes.u8(at) == GRAPHIC_CONTROL && (bytes.u8(at + 2) & 1) != 0) {
            background = bytes.u8(at + 5);
          }
          at = endOfBlocks(bytes, at + 1);
        }
      }
      int imageFlags = bytes.u8(at + 9);
      if ((imageFlags & HAS_TABLE) != 0 && !isGreyRamp(bytes, at + 10, imageFlags)) {
        colors = table(bytes, at + 10, imageFlags);
      }
      int data = at + 10 + tableLength(imageFlags);
      int left = bytes.u16(at + 1);
      int top = bytes.u16(at + 3);
      int width = bytes.u16(at + 5);
      int height = bytes.u16(at + 7);
      return new Frame(
          Math.max(bytes.u16(SCREEN), left + width),
          Math.max(bytes.u16(SCREEN + 2), top + height),
          left,
          top,
          width,
          height,
          background,
          colors,
          alone(file, at, data, endOfData(bytes, data + 1)));
    }

    private static int tableLength(int flags) {
      return (flags & HAS_TABLE) == 0 ? 0 : 3 << ((flags & 7) + 1);
    }

    private static int[] table(Bytes bytes, int at, int flags) throws BrokenImageException {
      int[] colors = RasterPixels.greyRamp(8);
      for (int i = 0; i < tableLength(flags) / 3; i++) {
        colors[i] =
            bytes.u8(at + 3 * i) << 16 | bytes.u8(at + 3 * i + 1) << 8 | bytes.u8(at + 3 * i + 2);
      }
      return colors;
    }

    /** The reference passes over such a table of a frame and stays with that of the file. */
    private static boolean isGreyRamp(Bytes bytes, int at, int flags) throws BrokenImageException {
      for (int i = 0; i < tableLength(flags); i++) {
        if (bytes.u8(at + i) != i / 3) {
          return false;
        }
      }
      return true;
    }

    private static int endOfBlocks(Bytes bytes, int from) throws BrokenImageException {
      int at = from;
      while (bytes.u8(at) != 0) {
        at += 1 + bytes.u8(at);
      }
      return at + 1;
    }

    /** As {@link #endOfBlocks}, but data that stops early is left to the reader. */
    private static int endOfData(Bytes bytes, int from) throws BrokenImageException {
      int at = from;
      while (at < bytes.length() && bytes.u8(at) != 0) {
        at += 1 + bytes.u8(at);
      }
      return Math.min(at, bytes.length());
    }

    private static byte[] alone(byte[] file, int descriptor, int data, int end) {
      ByteArrayOutputStream out = new ByteArrayOutputStream(end - data + 1024);
      out.write(file, 0, SCREEN);
      out.write(file, descriptor + 5, 4);
      out.write(HAS_TABLE | FULL_TABLE);
      out.write(0);
      out.write(0);
      out.writeBytes(new byte[3 * 256]);
      out.write(IMAGE);
      out.writeBytes(new byte[4]);
      out.write(file, descriptor + 5, 4);
      out.write(file[descriptor + 9] & INTERLACED);
      out.write(file, data, end - data);
      out.write(0);
      out.write(TRAILER);
      return out.toByteArray();
    }
  }
}
