package io.xcomposer.model.image;

import java.awt.image.DataBufferInt;
import java.awt.image.Raster;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import javax.imageio.ImageReader;

/**
 * WebP, lossy and lossless, first frame of an animation. libwebp gets the bit stream of that frame
 * alone: alpha is dropped anyway, and profiles and metadata play no part.
 */
final class WebpCodec implements Codec {
  private static final int FIRST_CHUNK = 12;
  private static final int ANIMATED = 2;

  private final PixelLimit limit;

  WebpCodec(PixelLimit limit) {
    this.limit = limit;
  }

  @Override
  public RgbImage decode(byte[] file) throws IOException {
    Bytes bytes = Bytes.littleEndian(file);
    bytes.require(8, bytes.u32(4));
    if (!bytes.has(FIRST_CHUNK, "VP8X")) {
      return still(bytes, FIRST_CHUNK, file.length);
    }
    bytes.require(FIRST_CHUNK, 18);
    long width = 1L + bytes.u24(FIRST_CHUNK + 12);
    long height = 1L + bytes.u24(FIRST_CHUNK + 15);
    limit.check(ImageFormat.WEBP, width, height);
    if ((bytes.u8(FIRST_CHUNK + 8) & ANIMATED) == 0) {
      return still(bytes, FIRST_CHUNK, file.length);
    }
    return firstFrame(bytes, (int) width, (int) height);
  }

  /** The bit stream that is found among the chunks from {@code at} on. */
  private RgbImage still(Bytes bytes, int at, int end) throws IOException {
    int chunk = at;
    while (chunk < end && !bytes.has(chunk, "VP8 ") && !bytes.has(chunk, "VP8L")) {
      chunk = next(bytes, chunk);
    }
    long length = bytes.u32(chunk + 4);
    bytes.require(chunk + 8, length);
    boolean lossless = bytes.has(chunk, "VP8L");
    int header = chunk + 8;
    if (lossless) {
      int sizes = (int) bytes.u32(header + 1);
      limit.check(ImageFormat.WEBP, 1 + (sizes & 0x3fff), 1 + (sizes >> 14 & 0x3fff));
    } else {
      limit.check(ImageFormat.WEBP, bytes.u16(header + 6) & 0x3fff, bytes.u16(header + 8) & 0x3fff);
    }
    return read(alone(lossless ? "VP8L" : "VP8 ", bytes.copy(header, (int) length)));
  }

  private RgbImage firstFrame(Bytes bytes, int width, int height) throws IOException {
    int frame = FIRST_CHUNK;
    while (!bytes.has(frame, "ANMF")) {
      frame = next(bytes, frame);
    }
    int end = next(bytes, frame);
    RgbImage picture = still(bytes, frame + 24, end);
    int left = 2 * bytes.u24(frame + 8);
    int top = 2 * bytes.u24(frame + 11);
    if (left + picture.width() > width || top + picture.height() > height) {
      throw new BrokenImageException("its first frame is not within its canvas");
    }
    byte[] canvas = new byte[3 * width * height];
    for (int y = 0; y < picture.height(); y++) {
      System.arraycopy(
          picture.pixels(),
          3 * y * picture.width(),
          canvas,
          3 * ((top + y) * width + left),
          3 * picture.width());
    }
    return new RgbImage(width, height, canvas);
  }

  private static int next(Bytes bytes, int chunk) throws BrokenImageException {
    long length = bytes.u32(chunk + 4);
    bytes.require(chunk + 8, length);
    return (int) (chunk + 8 + length + length % 2);
  }

  private static byte[] alone(String type, byte[] stream) {
    int padded = stream.length + stream.length % 2;
    return ByteBuffer.allocate(20 + padded)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put("RIFF".getBytes(StandardCharsets.US_ASCII))
        .putInt(12 + padded)
        .put("WEBP".getBytes(StandardCharsets.US_ASCII))
        .put(type.getBytes(StandardCharsets.US_ASCII))
        .putInt(stream.length)
        .put(stream)
        .array();
  }

  private static RgbImage read(byte[] file) throws IOException {
    ImageReader reader = JdkReaders.open(Libwebp.provider(), file);
    try {
      Raster raster = reader.read(0).getRaster();
      int[] argb = ((DataBufferInt) raster.getDataBuffer()).getData();
      byte[] pixels = new byte[3 * argb.length];
      for (int i = 0, out = 0; i < argb.length; i++) {
        pixels[out++] = (byte) (argb[i] >> 16);
        pixels[out++] = (byte) (argb[i] >> 8);
        pixels[out++] = (byte) argb[i];
      }
      return new RgbImage(raster.getWidth(), raster.getHeight(), pixels);
    } finally {
      reader.dispose();
    }
  }
}
