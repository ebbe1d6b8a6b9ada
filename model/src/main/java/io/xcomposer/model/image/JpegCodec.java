package io.xcomposer.model.image;

import java.awt.image.Raster;
import java.io.IOException;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/**
 * JPEG, baseline and progressive. The JDK's reader (libjpeg: the integer IDCT, triangle chroma
 * upsampling) gives raw components; what they mean is decided and converted here as libjpeg-turbo
 * and Pillow do.
 */
final class JpegCodec implements Codec {
  private final PixelLimit limit;
  private final ImageReaderSpi provider = JdkReaders.provider("jpeg");

  JpegCodec(PixelLimit limit) {
    this.limit = limit;
  }

  @Override
  public RgbImage decode(byte[] file) throws IOException {
    JpegFrame frame = JpegFrame.read(file);
    limit.check(ImageFormat.JPEG, frame.width(), frame.height());
    return decode(frame, frame.colors());
  }

  /** A frame whose components mean {@code colors}, whatever its markers say. */
  RgbImage decode(JpegFrame frame, JpegFrame.ColorSpace colors) throws IOException {
    Raster raster = readComponents(frame.pixelsOnly());
    if (raster.getNumBands() != colors.components()) {
      throw new BrokenImageException(
          "%d components are not %s".formatted(raster.getNumBands(), colors));
    }
    return convert(raster, frame, colors);
  }

  private Raster readComponents(byte[] file) throws IOException {
    ImageReader reader = JdkReaders.open(provider, file);
    try {
      return reader.readRaster(0, null);
    } finally {
      reader.dispose();
    }
  }

  private static RgbImage convert(Raster raster, JpegFrame frame, JpegFrame.ColorSpace colors) {
    if (colors == JpegFrame.ColorSpace.GREY) {
      return RasterPixels.lookUp(raster, RasterPixels.greyRamp(8));
    }
    if (colors == JpegFrame.ColorSpace.INVERTED_GREY) {
      return RasterPixels.lookUp(raster, RasterPixels.invertedRamp(8));
    }
    int width = raster.getWidth();
    int bands = raster.getNumBands();
    byte[] samples = new byte[width * bands * raster.getHeight()];
    raster.getDataElements(raster.getMinX(), raster.getMinY(), width, raster.getHeight(), samples);
    ChromaRows.smooth(samples, width, frame.sampling());
    byte[] pixels = bands == 3 ? samples : new byte[3 * width * raster.getHeight()];
    switch (colors) {
      case YCBCR -> yccToRgb(samples);
      case YCCK -> ycckToRgb(samples, pixels);
      case CMYK -> {
        invert(samples);
        inksToRgb(samples, pixels);
      }
      case INKS -> inksToRgb(samples, pixels);
      default -> {
        // RGB is what it is.
      }
    }
    return new RgbImage(width, raster.getHeight(), pixels);
  }

  private static void yccToRgb(byte[] samples) {
    for (int i = 0; i < samples.length; i += 3) {
      int y = samples[i] & 0xff;
      int cb = samples[i + 1] & 0xff;
      int cr = samples[i + 2] & 0xff;
      samples[i] = (byte) YccTables.red(y, cr);
      samples[i + 1] = (byte) YccTables.green(y, cb, cr);
      samples[i + 2] = (byte) YccTables.blue(y, cb);
    }
  }

  private static void invert(byte[] samples) {
    for (int i = 0; i < samples.length; i++) {
      samples[i] = (byte) ~samples[i];
    }
  }

  private static void inksToRgb(byte[] samples, byte[] pixels) {
    for (int in = 0, out = 0; in < samples.length; in += 4) {
      int black = samples[in + 3] & 0xff;
      for (int ink = 0; ink < 3; ink++) {
        pixels[out++] = Cmyk.channel(samples[in + ink] & 0xff, black);
      }
    }
  }

  /** The first three components give RGB, which is the opposite of the stored inverted inks. */
  private static void ycckToRgb(byte[] samples, byte[] pixels) {
    for (int i = 0; i < samples.length; i += 4) {
      int y = samples[i] & 0xff;
      int cb = samples[i + 1] & 0xff;
      int cr = samples[i + 2] & 0xff;
      samples[i] = (byte) YccTables.red(y, cr);
      samples[i + 1] = (byte) YccTables.green(y, cb, cr);
      samples[i + 2] = (byte) YccTables.blue(y, cb);
      samples[i + 3] = (byte) ~samples[i + 3];
    }
    inksToRgb(samples, pixels);
  }
}
