package io.xcomposer.model.image;

import com.twelvemonkeys.imageio.plugins.tiff.BigTIFFImageReaderSpi;
import com.twelvemonkeys.imageio.plugins.tiff.TIFFImageReaderSpi;
import java.awt.image.BufferedImage;
import java.awt.image.Raster;
import java.io.IOException;
import java.util.Arrays;
import java.util.Set;
import javax.imageio.ImageReadParam;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/**
 * TIFF, first page. Unlike the EXIF orientation of other formats, the orientation field of a TIFF
 * file is followed: the reference does so.
 */
final class TiffCodec implements Codec {
  private static final int COMPRESSION_JPEG = 7;

  /** None, CCITT, LZW, deflate (both numbers), PackBits. */
  private static final Set<Integer> COMPRESSIONS = Set.of(1, 2, 3, 4, 5, 8, 32946, 32773);

  private static final int WHITE_IS_ZERO = 0;
  private static final int BLACK_IS_ZERO = 1;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int CMYK = 5;
  private static final int YCBCR = 6;
  private static final int UNSIGNED = 1;
  private static final int FLOATING_POINT = 3;
  private static final int PREMULTIPLIED = 1;

  private final PixelLimit limit;
  private final TiffJpeg jpeg;
  private final ImageReaderSpi provider = new TIFFImageReaderSpi();
  private final ImageReaderSpi bigProvider = new BigTIFFImageReaderSpi();

  TiffCodec(PixelLimit limit, JpegCodec jpeg) {
    this.limit = limit;
    this.jpeg = new TiffJpeg(limit, jpeg);
  }

  @Override
  public RgbImage decode(byte[] file) throws IOException {
    TiffDirectory directory = TiffDirectory.read(file);
    TiffSegments segments = TiffSegments.of(directory, file.length, limit);
    int compression = (int) directory.value(TiffDirectory.COMPRESSION, 1);
    RgbImage image;
    if (compression == COMPRESSION_JPEG) {
      image = jpeg.decode(file, directory, segments);
    } else if (COMPRESSIONS.contains(compression)) {
      image = convert(readRaster(directory), directory);
    } else {
      throw new BrokenImageException(
          "compression %d of TIFF is not supported".formatted(compression));
    }
    return Orientation.of((int) directory.value(TiffDirectory.ORIENTATION, 1)).apply(image);
  }

  private Raster readRaster(TiffDirectory directory) throws IOException {
    ImageReader reader =
        JdkReaders.open(directory.isBig() ? bigProvider : provider, directory.pixelsOnly());
    try {
      BufferedImage raw =
          reader.getRawImageType(0).createBufferedImage(reader.getWidth(0), reader.getHeight(0));
      ImageReadParam param = reader.getDefaultReadParam();
      param.setDestination(raw);
      return reader.read(0, param).getRaster();
    } finally {
      reader.dispose();
    }
  }

  private static RgbImage convert(Raster raster, TiffDirectory directory) throws IOException {
    int photometric = (int) directory.value(TiffDirectory.PHOTOMETRIC, WHITE_IS_ZERO);
    int bits = (int) directory.value(TiffDirectory.BITS_PER_SAMPLE, 1);
    long format = directory.value(TiffDirectory.SAMPLE_FORMAT, UNSIGNED);
    int shift = bits == 16 ? 8 : 0;
    if (format == UNSIGNED && (bits <= 8 || bits == 16)) {
      switch (photometric) {
        case WHITE_IS_ZERO, BLACK_IS_ZERO -> {
          return RasterPixels.lookUp(raster, greys(photometric, bits));
        }
        case RGB, YCBCR -> {
          long extra = directory.value(TiffDirectory.EXTRA_SAMPLES, 0);
          return extra == PREMULTIPLIED && raster.getNumBands() > 3
              ? RasterPixels.unmultiplied(raster, shift)
              : RasterPixels.firstThree(raster, shift);
        }
        case PALETTE -> {
          return RasterPixels.lookUp(raster, palette(directory, bits));
        }
        case CMYK -> {
          return RasterPixels.inks(raster, shift);
        }
        default -> {
          // falls to the error below
        }
      }
    } else if (format != FLOATING_POINT
        && (photometric == WHITE_IS_ZERO || photometric == BLACK_IS_ZERO)) {
      return RasterPixels.clipped(raster);
    }
    throw new BrokenImageException(
        "photometric interpretation %d with %d bits a sample in format %d is not supported"
            .formatted(photometric, bits, format));
  }

  /**
   * The reader turns white-is-zero samples of more than one bit around; the reference leaves those
   * of 16 bits as they are.
   */
  private static int[] greys(int photometric, int bits) {
    boolean inverted = photometric == WHITE_IS_ZERO;
    if (bits < 16) {
      return inverted && bits == 1 ? RasterPixels.invertedRamp(bits) : RasterPixels.greyRamp(bits);
    }
    int[] clipped = RasterPixels.clippedGrey();
    if (inverted) {
      Arrays.fill(clipped, 0xffffff);
      for (int level = 0; level < 256; level++) {
        clipped[0xffff - level] = 0x010101 * level;
      }
    }
    return clipped;
  }

  private static int[] palette(TiffDirectory directory, int bits) throws BrokenImageException {
    long[] map = directory.values(TiffDirectory.COLOR_MAP);
    int[] colors = bits == 16 ? new int[1 << bits] : RasterPixels.greyRamp(8);
    int count = map.length / 3;
    for (int i = 0; i < Math.min(count, colors.length); i++) {
      colors[i] = (int) (map[i] >> 8 << 16 | map[count + i] >> 8 << 8 | map[2 * count + i] >> 8);
    }
    return colors;
  }
}
