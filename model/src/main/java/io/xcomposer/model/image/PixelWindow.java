package io.xcomposer.model.image;

/**
 * A rectangle within RGB pixels, to be written to.
 *
 * @param pixels of the whole, 3 bytes a pixel
 * @param stride width of the whole, pixels
 * @param left first column of the rectangle
 * @param top first row of the rectangle
 */
record PixelWindow(byte[] pixels, int stride, int left, int top, int width, int height) {

  static PixelWindow whole(int width, int height) {
    return new PixelWindow(new byte[3 * width * height], width, 0, 0, width, height);
  }

  /** Index of the first byte of row {@code y} of the rectangle. */
  int row(int y) {
    return 3 * ((top + y) * stride + left);
  }
}
