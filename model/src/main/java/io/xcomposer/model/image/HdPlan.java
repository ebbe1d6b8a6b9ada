package io.xcomposer.model.image;

/**
 * What the HD transform does with an image of a given size. All sizes in pixels, in the orientation
 * of the image (a transposed image is transposed back in the end).
 *
 * @param transposed width and height change places while resizing: the second filter pass runs
 *     along the width
 * @param resizedWidth size of the picture within the padding
 * @param paddedWidth size of the whole, a multiple of 336
 * @param padLeft white columns before the picture
 * @param padTop white rows above the picture
 * @param gridHeight tiles from top to bottom
 * @param gridWidth tiles from left to right
 * @param imageTokens positions that the image takes in the prompt, separators included
 */
public record HdPlan(
    boolean transposed,
    int resizedWidth,
    int resizedHeight,
    int paddedWidth,
    int paddedHeight,
    int padLeft,
    int padTop,
    int gridHeight,
    int gridWidth,
    int imageTokens) {

  /** Bytes of the padded pixels. */
  public long paddedBytes() {
    return 3L * paddedWidth * paddedHeight;
  }

  /** Views of the image: the global view and the tiles. */
  public int views() {
    return 1 + gridHeight * gridWidth;
  }
}
