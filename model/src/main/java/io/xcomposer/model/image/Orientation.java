package io.xcomposer.model.image;

/** The orientation field of a TIFF page: which edges its first row and column are. */
enum Orientation {
  UPRIGHT(false, false, false),
  FLIPPED_ACROSS(false, true, false),
  TURNED(false, true, true),
  FLIPPED_DOWN(false, false, true),
  TRANSPOSED(true, false, false),
  TURNED_RIGHT(true, true, false),
  TRANSVERSE(true, true, true),
  TURNED_LEFT(true, false, true);

  /** x and y change places before the flips. */
  private final boolean transposed;

  private final boolean flippedAcross;
  private final boolean flippedDown;

  Orientation(boolean transposed, boolean flippedAcross, boolean flippedDown) {
    this.transposed = transposed;
    this.flippedAcross = flippedAcross;
    this.flippedDown = flippedDown;
  }

  /** By the value of the field, from 1 on; values that mean nothing change nothing. */
  static Orientation of(int field) {
    return field >= 1 && field <= values().length ? values()[field - 1] : UPRIGHT;
  }

  RgbImage apply(RgbImage image) {
    if (this == UPRIGHT) {
      return image;
    }
    int width = transposed ? image.height() : image.width();
    int height = transposed ? image.width() : image.height();
    byte[] pixels = new byte[image.pixels().length];
    int out = 0;
    for (int y = 0; y < height; y++) {
      int row = flippedDown ? height - 1 - y : y;
      for (int x = 0; x < width; x++) {
        int column = flippedAcross ? width - 1 - x : x;
        int from = 3 * (transposed ? column * image.width() + row : row * image.width() + column);
        pixels[out++] = image.pixels()[from];
        pixels[out++] = image.pixels()[from + 1];
        pixels[out++] = image.pixels()[from + 2];
      }
    }
    return new RgbImage(width, height, pixels);
  }
}
