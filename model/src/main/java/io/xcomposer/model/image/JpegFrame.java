package io.xcomposer.model.image;

import java.io.ByteArrayOutputStream;

/**
 * What the markers of a JPEG file say, and the file without those that do not make pixels.
 *
 * @param pixelsOnly tables, frame header and scans; no application data or comments
 * @param sampling (components, 2) horizontal and vertical sampling factors
 * @param colors what the components mean
 */
record JpegFrame(byte[] pixelsOnly, int width, int height, int[][] sampling, ColorSpace colors) {

  /** The meaning of a frame's components, by libjpeg's rules. */
  enum ColorSpace {
    GREY,
    /** 255 for black; only a TIFF page says so. */
    INVERTED_GREY,
    RGB,
    YCBCR,
    /** Stored inverted, 255 for no ink. */
    CMYK,
    /** CMYK whose first three components went through the transform of YCbCr. */
    YCCK,
    /** CMYK with 0 for no ink; only a TIFF page says so. */
    INKS;

    int components() {
      return switch (this) {
        case GREY, INVERTED_GREY -> 1;
        case RGB, YCBCR -> 3;
        case CMYK, YCCK, INKS -> 4;
      };
    }
  }

  /** Scans beyond this number only cost time; encoders make about ten. */
  private static final int MAX_SCANS = 500;

  private static final int MARKER = 0xff;
  private static final int SOF_BASELINE = 0xc0;
  private static final int SOF_PROGRESSIVE = 0xc2;
  private static final int DHT = 0xc4;
  private static final int JPG = 0xc8;
  private static final int DAC = 0xcc;
  private static final int RST_FIRST = 0xd0;
  private static final int RST_LAST = 0xd7;
  private static final int SOI = 0xd8;
  private static final int EOI = 0xd9;
  private static final int SOS = 0xda;
  private static final int DQT = 0xdb;
  private static final int DRI = 0xdd;
  private static final int APP_JFIF = 0xe0;
  private static final int APP_ADOBE = 0xee;
  private static final int NO_ADOBE = -1;

  static JpegFrame read(byte[] file) throws BrokenImageException {
    return new Parser(file).parse();
  }

  private static final class Parser {
    private final byte[] file;
    private final Bytes bytes;
    private final ByteArrayOutputStream kept;
    private int at = 2;
    private int scans;
    private int width;
    private int height;
    private int[] ids;
    private int[][] sampling;
    private boolean jfif;
    private int adobeTransform = NO_ADOBE;

    Parser(byte[] file) {
      this.file = file;
      this.bytes = Bytes.bigEndian(file);
      this.kept = new ByteArrayOutputStream(file.length);
    }

    JpegFrame parse() throws BrokenImageException {
      kept.write(MARKER);
      kept.write(SOI);
      for (int marker = nextMarker(); marker != EOI; marker = nextMarker()) {
        if (marker > 0x01 && (marker < RST_FIRST || marker > SOI)) {
          segment(marker);
        }
      }
      kept.write(MARKER);
      kept.write(EOI);
      if (ids == null || scans == 0) {
        throw new BrokenImageException("it has no picture in it");
      }
      return new JpegFrame(kept.toByteArray(), width, height, sampling, colorSpace());
    }

    /** The code behind the next marker byte; {@link #at} then is behind both. */
    private int nextMarker() throws BrokenImageException {
      while (bytes.u8(at) != MARKER) {
        at++;
      }
      while (bytes.u8(at) == MARKER) {
        at++;
      }
      return bytes.u8(at++);
    }

    private void segment(int marker) throws BrokenImageException {
      int length = bytes.u16(at);
      bytes.require(at, Math.max(length, 2));
      switch (marker) {
        case DQT, DHT, DRI -> keep(marker, length);
        case SOS -> {
          keep(marker, length);
          scan(at + length);
          return;
        }
        case APP_JFIF -> jfif |= length >= 16 && bytes.has(at + 2, "JFIF\0");
        case APP_ADOBE -> {
          if (length >= 14 && bytes.has(at + 2, "Adobe")) {
            adobeTransform = bytes.u8(at + 13);
          }
        }
        default -> {
          if (marker >= SOF_BASELINE && marker < SOI && marker != JPG && marker != DAC) {
            frame(marker);
            keep(marker, length);
          }
        }
      }
      at += length;
    }

    private void keep(int marker, int length) {
      kept.write(MARKER);
      kept.write(marker);
      kept.write(file, at, length);
    }

    /** Keeps the entropy-coded bytes of a scan, up to the next marker that is not a restart. */
    private void scan(int from) throws BrokenImageException {
      if (ids == null) {
        throw new BrokenImageException("a scan comes before the frame header");
      }
      if (++scans > MAX_SCANS) {
        throw new BrokenImageException("it has more than " + MAX_SCANS + " scans");
      }
      at = from;
      while (true) {
        if (bytes.u8(at) != MARKER) {
          at++;
          continue;
        }
        int code = bytes.u8(at + 1);
        if (code != 0 && code != MARKER && (code < RST_FIRST || code > RST_LAST)) {
          break;
        }
        at += code == MARKER ? 1 : 2;
      }
      kept.write(file, from, at - from);
    }

    private void frame(int marker) throws BrokenImageException {
      if (marker > SOF_PROGRESSIVE) {
        throw new BrokenImageException(
            "it is lossless, hierarchical or arithmetic-coded, which is not supported");
      }
      if (ids != null) {
        throw new BrokenImageException("it has two frame headers");
      }
      if (bytes.u8(at + 2) != 8) {
        throw new BrokenImageException(
            "it has %d bits a sample, and 8 are supported".formatted(bytes.u8(at + 2)));
      }
      height = bytes.u16(at + 3);
      width = bytes.u16(at + 5);
      ids = new int[bytes.u8(at + 7)];
      sampling = new int[ids.length][2];
      if (bytes.u16(at) != 8 + 3 * ids.length) {
        throw new BrokenImageException("its frame header has the wrong length");
      }
      for (int i = 0; i < ids.length; i++) {
        ids[i] = bytes.u8(at + 8 + 3 * i);
        sampling[i][0] = bytes.u8(at + 9 + 3 * i) >> 4;
        sampling[i][1] = bytes.u8(at + 9 + 3 * i) & 15;
      }
    }

    private ColorSpace colorSpace() throws BrokenImageException {
      return switch (ids.length) {
        case 1 -> ColorSpace.GREY;
        case 3 -> threeColors();
        case 4 ->
            adobeTransform == NO_ADOBE || adobeTransform == 0 ? ColorSpace.CMYK : ColorSpace.YCCK;
        default ->
            throw new BrokenImageException(
                "it has %d components, and 1, 3 and 4 are supported".formatted(ids.length));
      };
    }

    private ColorSpace threeColors() {
      if (jfif) {
        return ColorSpace.YCBCR;
      }
      if (adobeTransform != NO_ADOBE) {
        return adobeTransform == 0 ? ColorSpace.RGB : ColorSpace.YCBCR;
      }
      boolean named = ids[0] == 'R' && ids[1] == 'G' && ids[2] == 'B';
      return named ? ColorSpace.RGB : ColorSpace.YCBCR;
    }
  }
}
