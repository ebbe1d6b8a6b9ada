package io.xcomposer.model.image;

/**
 * 8-bit RGB pixels, row by row, 3 bytes a pixel.
 *
 * @param pixels (height, width, 3) u8; shared, not to be changed
 */
public record RgbImage(int width, int height, byte[] pixels) {
  public RgbImage {
    if (width < 1 || height < 1 || pixels.length != 3L * width * height) {
      throw new IllegalArgumentException(
          width + "x" + height + " RGB pixels do not fit " + pixels.length + " bytes");
    }
  }
}
