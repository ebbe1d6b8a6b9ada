package io.xcomposer.model.image;

import java.awt.image.DataBuffer;
import java.awt.image.Raster;
import java.awt.image.SinglePixelPackedSampleModel;
import java.util.Arrays;

/**
 * Raw samples of a raster to RGB bytes. Never by way of a colour model: those convert between
 * colour spaces, and the reference does not.
 */
final class RasterPixels {
  private RasterPixels() {}

  /** Looks the first sample of each pixel up. {@code colors} are 0xRRGGBB. */
  static RgbImage lookUp(Raster raster, int[] colors) {
    byte[] pixels = pixelsOf(raster);
    int[] row = new int[raster.getWidth() * raster.getNumBands()];
    int out = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      readRow(raster, y, row);
      for (int i = 0; i < row.length; i += raster.getNumBands()) {
        int color = colors[row[i]];
        pixels[out++] = (byte) (color >> 16);
        pixels[out++] = (byte) (color >> 8);
        pixels[out++] = (byte) color;
      }
    }
    return image(raster, pixels);
  }

  /** The first three samples, of 8 bits after {@code shift}. */
  static RgbImage firstThree(Raster raster, int shift) {
    byte[] pixels = pixelsOf(raster);
    int bands = raster.getNumBands();
    if (bands == 3 && shift == 0 && raster.getTransferType() == DataBuffer.TYPE_BYTE) {
      raster.getDataElements(
          raster.getMinX(), raster.getMinY(), raster.getWidth(), raster.getHeight(), pixels);
      return image(raster, pixels);
    }
    int[] row = new int[raster.getWidth() * bands];
    int out = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      readRow(raster, y, row);
      for (int i = 0; i < row.length; i += bands) {
        pixels[out++] = (byte) (row[i] >> shift);
        pixels[out++] = (byte) (row[i + 1] >> shift);
        pixels[out++] = (byte) (row[i + 2] >> shift);
      }
    }
    return image(raster, pixels);
  }

  /** Colours that were multiplied with their alpha, in the fourth sample; divided again. */
  static RgbImage unmultiplied(Raster raster, int shift) {
    byte[] pixels = pixelsOf(raster);
    int bands = raster.getNumBands();
    int[] row = new int[raster.getWidth() * bands];
    int out = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      readRow(raster, y, row);
      for (int i = 0; i < row.length; i += bands) {
        int alpha = row[i + 3] >> shift;
        for (int channel = 0; channel < 3; channel++) {
          int level = row[i + channel] >> shift;
          pixels[out++] = (byte) (alpha == 0 ? 0 : Math.min(255, level * 255 / alpha));
        }
      }
    }
    return image(raster, pixels);
  }

  /** Cyan, magenta, yellow and black, 0 for no ink. */
  static RgbImage inks(Raster raster, int shift) {
    byte[] pixels = pixelsOf(raster);
    int bands = raster.getNumBands();
    int[] row = new int[raster.getWidth() * bands];
    int out = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      readRow(raster, y, row);
      for (int i = 0; i < row.length; i += bands) {
        for (int ink = 0; ink < 3; ink++) {
          pixels[out++] = Cmyk.channel(row[i + ink] >> shift, row[i + 3] >> shift);
        }
      }
    }
    return image(raster, pixels);
  }

  /** Signed or wide grey: what is outside of 0 to 255 is clipped. */
  static RgbImage clipped(Raster raster) {
    byte[] pixels = pixelsOf(raster);
    double[] row = new double[raster.getWidth() * raster.getNumBands()];
    int out = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, row);
      for (int i = 0; i < row.length; i += raster.getNumBands()) {
        byte level = (byte) (int) Math.max(0, Math.min(255, row[i]));
        for (int channel = 0; channel < 3; channel++) {
          pixels[out++] = level;
        }
      }
    }
    return image(raster, pixels);
  }

  /** Colours of up to 8 bits in one element, stretched to 8 bits. */
  static RgbImage stretched(Raster raster, SinglePixelPackedSampleModel packed)
      throws BrokenImageException {
    byte[] pixels = pixelsOf(raster);
    int bands = raster.getNumBands();
    int[] bits = packed.getSampleSize();
    if (bands < 3 || Arrays.stream(bits).anyMatch(size -> size < 1 || size > 8)) {
      throw new BrokenImageException("its colours are not 1 to 8 bits of red, green and blue");
    }
    int[] row = new int[raster.getWidth() * bands];
    int out = 0;
    for (int y = 0; y < raster.getHeight(); y++) {
      raster.getPixels(raster.getMinX(), raster.getMinY() + y, raster.getWidth(), 1, row);
      for (int i = 0; i < row.length; i += bands) {
        for (int channel = 0; channel < 3; channel++) {
          pixels[out++] = (byte) (row[i + channel] * 255 / ((1 << bits[channel]) - 1));
        }
      }
    }
    return image(raster, pixels);
  }

  /** Grey levels as a table for {@link #lookUp}: {@code 2^bits} levels from black to white. */
  static int[] greyRamp(int bits) {
    int[] colors = new int[1 << bits];
    for (int level = 0; level < colors.length; level++) {
      colors[level] = 0x010101 * (level * 255 / (colors.length - 1));
    }
    return colors;
  }

  /** {@link #greyRamp} from white to black. */
  static int[] invertedRamp(int bits) {
    int[] ramp = greyRamp(bits);
    int[] inverted = new int[ramp.length];
    for (int level = 0; level < ramp.length; level++) {
      inverted[level] = ramp[ramp.length - 1 - level];
    }
    return inverted;
  }

  /** 16-bit grey as Pillow shows it: clipped at 255, not scaled. */
  static int[] clippedGrey() {
    int[] colors = new int[1 << 16];
    for (int level = 0; level < colors.length; level++) {
      colors[level] = 0x010101 * Math.min(level, 255);
    }
    return colors;
  }

  /** 16-bit grey by its upper byte. */
  static int[] upperByteGrey() {
    int[] colors = new int[1 << 16];
    for (int level = 0; level < colors.length; level++) {
      colors[level] = 0x010101 * (level >> 8);
    }
    return colors;
  }

  /** One row of samples, pixel by pixel, of rasters with a byte or a 16-bit element per sample. */
  static void readRow(Raster raster, int y, int[] row) {
    int left = raster.getMinX();
    int top = raster.getMinY() + y;
    Object elements = raster.getDataElements(left, top, raster.getWidth(), 1, null);
    if (elements instanceof byte[] bytes && bytes.length == row.length) {
      for (int i = 0; i < row.length; i++) {
        row[i] = bytes[i] & 0xff;
      }
    } else if (elements instanceof short[] shorts && shorts.length == row.length) {
      for (int i = 0; i < row.length; i++) {
        row[i] = shorts[i] & 0xffff;
      }
    } else {
      raster.getPixels(left, top, raster.getWidth(), 1, row);
    }
  }

  private static byte[] pixelsOf(Raster raster) {
    return new byte[Math.multiplyExact(3, raster.getWidth() * raster.getHeight())];
  }

  private static RgbImage image(Raster raster, byte[] pixels) {
    return new RgbImage(raster.getWidth(), raster.getHeight(), pixels);
  }
}
