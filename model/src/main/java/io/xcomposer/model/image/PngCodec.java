package io.xcomposer.model.image;

import java.awt.image.Raster;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.zip.CRC32;
import javax.imageio.ImageReader;
import javax.imageio.spi.ImageReaderSpi;

/**
 * PNG. The reader gets only the chunks that make the pixels; text, profiles, gamma, transparency
 * and animation never reach it, so they can neither change the picture nor unpack to something
 * large.
 */
final class PngCodec implements Codec {
  private static final int SIGNATURE = 8;
  private static final int CHUNK_FRAME = 12;
  private static final byte[] END = {0, 0, 0, 0, 'I', 'E', 'N', 'D', 0, 0, 0, 0};
  private static final int GREY = 0;
  private static final int RGB = 2;
  private static final int PALETTE = 3;
  private static final int GREY_ALPHA = 4;
  private static final int RGB_ALPHA = 6;

  /** Deflate makes no more of a byte, so a smaller file cannot be whole. */
  private static final long MAX_EXPANSION = 1033;

  private final PixelLimit limit;
  private final ImageReaderSpi provider = JdkReaders.provider("png");

  PngCodec(PixelLimit limit) {
    this.limit = limit;
  }

  @Override
  public RgbImage decode(byte[] file) throws IOException {
    Bytes bytes = Bytes.bigEndian(file);
    if (!bytes.has(SIGNATURE + 4, "IHDR") || bytes.u32(SIGNATURE) != 13) {
      throw new BrokenImageException("it does not start with an IHDR chunk");
    }
    limit.check(ImageFormat.PNG, bytes.u32(SIGNATURE + 8), bytes.u32(SIGNATURE + 12));
    int bitDepth = bytes.u8(SIGNATURE + 16);
    int colorType = bytes.u8(SIGNATURE + 17);
    Chunks chunks = Chunks.read(bytes, file);
    long samples = samplesPerPixel(colorType);
    long rawBytes = bytes.u32(SIGNATURE + 8) * bytes.u32(SIGNATURE + 12) * samples * bitDepth / 8;
    if (rawBytes > MAX_EXPANSION * chunks.pixelsOnly().length) {
      throw BrokenImageException.truncated();
    }
    Raster raster = readRaster(chunks.pixelsOnly());
    return switch (colorType) {
      case GREY ->
          RasterPixels.lookUp(
              raster,
              bitDepth == 16 ? RasterPixels.clippedGrey() : RasterPixels.greyRamp(bitDepth));
      case GREY_ALPHA ->
          RasterPixels.lookUp(
              raster, bitDepth == 16 ? RasterPixels.upperByteGrey() : RasterPixels.greyRamp(8));
      case RGB, RGB_ALPHA -> RasterPixels.firstThree(raster, bitDepth == 16 ? 8 : 0);
      case PALETTE -> RasterPixels.lookUp(raster, chunks.palette());
      default -> throw unknown(colorType);
    };
  }

  private static int samplesPerPixel(int colorType) throws BrokenImageException {
    return switch (colorType) {
      case GREY, PALETTE -> 1;
      case GREY_ALPHA -> 2;
      case RGB -> 3;
      case RGB_ALPHA -> 4;
      default -> throw unknown(colorType);
    };
  }

  private static BrokenImageException unknown(int colorType) {
    return new BrokenImageException("colour type %d is unknown".formatted(colorType));
  }

  private Raster readRaster(byte[] file) throws IOException {
    ImageReader reader = JdkReaders.open(provider, file);
    try {
      return reader.read(0).getRaster();
    } finally {
      reader.dispose();
    }
  }

  /**
   * What the chunks of a file hold.
   *
   * @param pixelsOnly the file without ancillary chunks
   * @param palette of 256 colours; entries that the file leaves out are grey, as in the reference
   */
  private record Chunks(byte[] pixelsOnly, int[] palette) {

    static Chunks read(Bytes bytes, byte[] file) throws BrokenImageException {
      ByteArrayOutputStream kept = new ByteArrayOutputStream(file.length + CHUNK_FRAME);
      kept.write(file, 0, SIGNATURE);
      int[] palette = RasterPixels.greyRamp(8);
      boolean data = false;
      int at = SIGNATURE;
      while (at <= file.length - 8 && !bytes.has(at + 4, "IEND")) {
        boolean isData = bytes.has(at + 4, "IDAT");
        // From the data on a file may end early: the reader sees whether its rows are complete.
        boolean behindHeader = data || isData;
        long length = behindHeader ? Math.min(bytes.u32(at), file.length - at - 8) : bytes.u32(at);
        bytes.require(at, length + (behindHeader ? 8 : CHUNK_FRAME));
        int size = (int) length;
        if (!behindHeader) {
          checkSum(bytes, file, at, size);
        }
        if (isData && !data) {
          kept.writeBytes(anyPalette(bytes.u8(SIGNATURE + 16)));
        }
        data |= isData;
        if (bytes.has(at + 4, "PLTE")) {
          readPalette(bytes, at + 8, size, palette);
        } else if (isData || bytes.has(at + 4, "IHDR")) {
          writeChunk(kept, file, at, size);
        }
        at += Math.min(size + CHUNK_FRAME, file.length - at);
      }
      kept.writeBytes(END);
      return new Chunks(kept.toByteArray(), palette);
    }

    /**
     * The reader wants a full palette, and only its indices are asked for. Other colour types do
     * not mind.
     */
    private static byte[] anyPalette(int bitDepth) {
      int length = 3 << Math.min(bitDepth, 8);
      ByteBuffer chunk = ByteBuffer.allocate(length + CHUNK_FRAME);
      return chunk.putInt(length).put(new byte[] {'P', 'L', 'T', 'E'}).array();
    }

    /** The reader does not look at checksums, so none is made for a chunk that was cut short. */
    private static void writeChunk(ByteArrayOutputStream kept, byte[] file, int at, int length) {
      kept.writeBytes(ByteBuffer.allocate(4).putInt(length).array());
      kept.write(file, at + 4, 4 + length);
      kept.writeBytes(new byte[4]);
    }

    private static void checkSum(Bytes bytes, byte[] file, int at, int length)
        throws BrokenImageException {
      CRC32 sum = new CRC32();
      sum.update(file, at + 4, length + 4);
      if (sum.getValue() != bytes.u32(at + 8 + length)) {
        throw new BrokenImageException("the checksum of a chunk is wrong");
      }
    }

    private static void readPalette(Bytes bytes, int at, int length, int[] palette)
        throws BrokenImageException {
      for (int i = 0; i < Math.min(length / 3, palette.length); i++) {
        palette[i] = bytes.u24(at + 3 * i);
      }
    }
  }
}
