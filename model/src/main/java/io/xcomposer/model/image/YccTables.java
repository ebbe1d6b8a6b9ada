package io.xcomposer.model.image;

/** YCbCr to RGB in libjpeg's 16-bit fixed point, equal to the byte. */
final class YccTables {
  private static final int HALF = 1 << 15;
  private static final int[] CR_TO_RED = new int[256];
  private static final int[] CB_TO_BLUE = new int[256];
  private static final int[] CR_TO_GREEN = new int[256];
  private static final int[] CB_TO_GREEN = new int[256];

  static {
    for (int i = 0; i < 256; i++) {
      int chroma = i - 128;
      CR_TO_RED[i] = (fixed(1.40200) * chroma + HALF) >> 16;
      CB_TO_BLUE[i] = (fixed(1.77200) * chroma + HALF) >> 16;
      CR_TO_GREEN[i] = -fixed(0.71414) * chroma;
      CB_TO_GREEN[i] = -fixed(0.34414) * chroma + HALF;
    }
  }

  private YccTables() {}

  static int red(int y, int cr) {
    return clamp(y + CR_TO_RED[cr]);
  }

  static int green(int y, int cb, int cr) {
    return clamp(y + ((CB_TO_GREEN[cb] + CR_TO_GREEN[cr]) >> 16));
  }

  static int blue(int y, int cb) {
    return clamp(y + CB_TO_BLUE[cb]);
  }

  private static int clamp(int value) {
    return Math.max(0, Math.min(255, value));
  }

  private static int fixed(double factor) {
    return (int) (factor * (1 << 16) + 0.5);
  }
}
