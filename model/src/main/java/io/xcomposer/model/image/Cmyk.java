package io.xcomposer.model.image;

/** Pillow's conversion from CMYK, which knows no profile (model-spec 4.1). */
final class Cmyk {
  private Cmyk() {}

  /** One of red, green, blue out of its opposite ink, 0 to 255, and the black ink. */
  static byte channel(int ink, int black) {
    int paper = 255 - black;
    int product = ink * paper + 128;
    int covered = ((product >> 8) + product) >> 8;
    return (byte) Math.max(0, Math.min(255, paper - covered));
  }
}
