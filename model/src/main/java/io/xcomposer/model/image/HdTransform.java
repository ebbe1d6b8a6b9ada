package io.xcomposer.model.image;

import io.xcomposer.model.Errors;
import java.util.Arrays;

/**
 * Fits an image into a budget of {@code hd_num} tiles: resize to the largest width that the budget
 * allows, then pad with white to whole tiles (model-spec 4.2).
 */
public final class HdTransform {
  /** Edge of a tile in pixels. */
  public static final int TILE = 336;

  /** The largest tile budget: its pixels still fit a Java array several times over. */
  public static final int MAX_HD_NUM = 1000;

  private static final int TOKENS_PER_VIEW = 144;
  private static final int TOKEN_ROWS_PER_VIEW = 12;
  private static final byte WHITE = (byte) 255;

  private HdTransform() {}

  /**
   * Sizes, padding and grid for an image.
   *
   * @param width of the decoded image, pixels
   * @param height of the decoded image, pixels
   * @param hdNum tile budget, 1 to {@value #MAX_HD_NUM}
   * @throws io.xcomposer.model.XComposerException of kind IMAGE when the image is so long and
   *     narrow that nothing of its short side would be left, of kind OPTION for another {@code
   *     hdNum}
   */
  public static HdPlan plan(int width, int height, int hdNum) {
    if (hdNum < 1 || hdNum > MAX_HD_NUM) {
      throw Errors.option("hd-num", hdNum, "a number of tiles from 1 to " + MAX_HD_NUM);
    }
    if (width < 1 || height < 1) {
      throw new IllegalArgumentException("an image of " + width + "x" + height + " pixels");
    }
    boolean transposed = width < height;
    double ratio = transposed ? (double) height / width : (double) width / height;
    int scale = widthInTiles(ratio, hdNum);
    int longSide = TILE * scale;
    int shortSide = (int) (longSide / ratio);
    if (shortSide == 0) {
      throw Errors.image(
          "an image of %dx%d pixels cannot be resized for hd-num %d: %d pixels on the long side leave none on the short side"
              .formatted(width, height, hdNum, longSide),
          "crop the image to an aspect ratio below " + longSide + ":1, or raise hd-num");
    }
    int shortTiles = (shortSide + TILE - 1) / TILE;
    int padding = (shortTiles * TILE - shortSide) / 2;
    return transposed
        ? layOut(true, shortSide, longSide, padding, 0, scale, shortTiles)
        : layOut(false, longSide, shortSide, 0, padding, shortTiles, scale);
  }

  /** The published search: the last width in tiles whose grid is within the budget. */
  private static int widthInTiles(double ratio, int hdNum) {
    int scale = 1;
    while (scale * Math.ceil(scale / ratio) <= hdNum) {
      scale++;
    }
    return scale - 1;
  }

  private static HdPlan layOut(
      boolean transposed,
      int resizedWidth,
      int resizedHeight,
      int padLeft,
      int padTop,
      int gridHeight,
      int gridWidth) {
    int tokens =
        (gridHeight * gridWidth + 1) * TOKENS_PER_VIEW + 1 + (gridHeight + 1) * TOKEN_ROWS_PER_VIEW;
    return new HdPlan(
        transposed,
        resizedWidth,
        resizedHeight,
        gridWidth * TILE,
        gridHeight * TILE,
        padLeft,
        padTop,
        gridHeight,
        gridWidth,
        tokens);
  }

  /**
   * Resizes and pads.
   *
   * @param plan made for the size of {@code image}
   * @return the padded picture, a new image of {@code plan.paddedWidth() × plan.paddedHeight()}
   * @throws io.xcomposer.model.XComposerException of kind MEMORY when the picture does not fit
   */
  public static RgbImage apply(RgbImage image, HdPlan plan) {
    if (plan.transposed() != image.width() < image.height()) {
      throw new IllegalArgumentException(
          "the plan is not for an image of " + image.width() + "x" + image.height() + " pixels");
    }
    byte[] padded = whitePixels(plan);
    PixelWindow picture =
        new PixelWindow(
            padded,
            plan.paddedWidth(),
            plan.padLeft(),
            plan.padTop(),
            plan.resizedWidth(),
            plan.resizedHeight());
    // Transposing, filtering along x then y, and transposing back filters along y, then x.
    if (plan.transposed()) {
      Resampler.resizeVerticalFirst(image, picture);
    } else {
      Resampler.resizeHorizontalFirst(image, picture);
    }
    return new RgbImage(plan.paddedWidth(), plan.paddedHeight(), padded);
  }

  private static byte[] whitePixels(HdPlan plan) {
    int bytes = 3 * plan.paddedWidth() * plan.paddedHeight();
    try {
      byte[] pixels = new byte[bytes];
      Arrays.fill(pixels, WHITE);
      return pixels;
    } catch (OutOfMemoryError e) {
      throw Errors.memory(
          "the padded image of %dx%d pixels needs %d bytes, which this JVM does not have free"
              .formatted(plan.paddedWidth(), plan.paddedHeight(), bytes),
          "lower hd-num, or give the JVM more memory");
    }
  }
}
