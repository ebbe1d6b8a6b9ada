package io.xcomposer.model.image;

import io.xcomposer.model.Errors;

/**
 * Holds image sizes against a limit before anything is allocated for them.
 *
 * @param maxPixels the largest width × height
 */
record PixelLimit(long maxPixels) {
  /** What a Java array of bytes holds with up to four of them a pixel, as in CMYK. */
  private static final long ARRAY_PIXELS = (Integer.MAX_VALUE - 8) / 4;

  /**
   * Refuses a size.
   *
   * @param width as the file says, unsigned
   * @param height as the file says, unsigned
   * @throws io.xcomposer.model.XComposerException of kind IMAGE for no pixels or too many
   */
  void check(ImageFormat format, long width, long height) {
    if (width < 1 || height < 1) {
      throw Errors.image(
          "the %s file says that its size is %dx%d pixels".formatted(format, width, height),
          "give an intact image file");
    }
    if (width > maxPixels / height || width > ARRAY_PIXELS / height) {
      throw Errors.image(
          "the %s image of %dx%d pixels is over the limit max-image-pixels = %d"
              .formatted(format, width, height, Math.min(maxPixels, ARRAY_PIXELS)),
          "give a smaller image, or raise max-image-pixels if you trust the file");
    }
  }
}
