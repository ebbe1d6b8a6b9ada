package io.xcomposer.model.image;

import java.awt.image.Raster;
import java.awt.image.SinglePixelPackedSampleModel;
import java.io.IOException;
import java.util.Set;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/** BMP of 1, 4, 8, 16, 24 and 32 bits, run-length and top-down ones included. */
final class BmpCodec implements Codec {
  private static final int HEADER = 14;
  private static final int OLD_HEADER_SIZE = 12;
  private static final Set<Integer> DEPTHS = Set.of(1, 4, 8, 16, 24, 32);

  /** The last compression that is one of pixels; beyond are files in files, JPEG and PNG. */
  private static final int BIT_FIELDS = 3;

  private final PixelLimit limit;
  private final ImageReaderSpi provider = JdkReaders.provider("bmp");

  BmpCodec(PixelLimit limit) {
    this.limit = limit;
  }

  @Override
  public RgbImage decode(byte[] file) throws IOException {
    Bytes bytes = Bytes.littleEndian(file);
    boolean old = bytes.u32(HEADER) == OLD_HEADER_SIZE;
    if (old) {
      limit.check(ImageFormat.BMP, bytes.u16(HEADER + 4), bytes.u16(HEADER + 6));
    } else {
      long width = (int) bytes.u32(HEADER + 4);
      long height = (int) bytes.u32(HEADER + 8);
      limit.check(ImageFormat.BMP, width, Math.abs(height));
    }
    int bits = bytes.u16(HEADER + (old ? 10 : 14));
    long compression = old ? 0 : bytes.u32(HEADER + 16);
    if (!DEPTHS.contains(bits) || compression > BIT_FIELDS) {
      throw new BrokenImageException(
          "%d bits a pixel with compression %d is not supported".formatted(bits, compression));
    }
    Raster raster = readRaster(file);
    if (bits <= 8) {
      return RasterPixels.lookUp(raster, palette(bytes, old));
    }
    return raster.getSampleModel() instanceof SinglePixelPackedSampleModel packed
        ? RasterPixels.stretched(raster, packed)
        : RasterPixels.firstThree(raster, 0);
  }

  private Raster readRaster(byte[] file) throws IOException {
    ImageReader reader = JdkReaders.open(provider, file);
    try {
      return reader.read(0).getRaster();
    } finally {
      reader.dispose();
    }
  }

  private static int[] palette(Bytes bytes, boolean old) throws BrokenImageException {
    int[] colors = RasterPixels.greyRamp(8);
    long headerSize = bytes.u32(HEADER);
    bytes.require(HEADER, headerSize);
    int at = (int) (HEADER + headerSize);
    int step = old ? 3 : 4;
    long stated = old ? 0 : bytes.u32(HEADER + 32);
    long count = stated == 0 ? 1L << bytes.u16(HEADER + (old ? 10 : 14)) : stated;
    for (int i = 0; i < Math.min(count, colors.length); i++) {
      colors[i] = bytes.u24(at + i * step);
    }
    return colors;
  }
}
