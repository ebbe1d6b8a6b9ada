package io.xcomposer.model;

import io.xcomposer.model.image.RgbImage;
import java.util.List;

/**
 * One question about zero or more images.
 *
 * @param images in the order of their {@code <ImageHere>} markers; empty is text only
 * @param query the question. In {@link PromptStyle#CHAT} without a marker in it or in the history,
 *     use {@link #withMarkers} first; in {@link PromptStyle#HARNESS} the text that follows the
 *     image
 * @param history earlier rounds, oldest first
 * @param metaInstruction system text; empty for none
 * @param hdNum budget of 336 px tiles for each image, at least 1
 */
public record Request(
    List<ImageSource> images,
    String query,
    List<Turn> history,
    PromptStyle style,
    SpecialText specialText,
    String metaInstruction,
    int hdNum,
    GenerationOptions generation) {

  /** The place of an image in a query or history. */
  public static final String IMAGE_MARKER = "<ImageHere>";

  /** {@code hd_num} of the published code when none is given (model-spec 4.2). */
  public static final int DEFAULT_HD_NUM = 25;

  /** An image as its file's bytes or already decoded. */
  public sealed interface ImageSource {
    /** PNG, JPEG, WebP, TIFF, BMP or GIF bytes; not copied, not to be changed. */
    record Encoded(byte[] bytes) implements ImageSource {}

    /** Pixels. */
    record Decoded(RgbImage image) implements ImageSource {}
  }

  public Request {
    images = List.copyOf(images);
    history = List.copyOf(history);
    requireHdNum(hdNum);
  }

  /** Refuses a budget of tiles that no image can have. */
  public static void requireHdNum(int hdNum) {
    if (hdNum < 1 || hdNum > 1_000) {
      throw Errors.option("hd-num", hdNum, "a number of tiles from 1 to 1000");
    }
  }

  /**
   * The query with a marker per image in front, unless the query or the history has markers
   * already.
   */
  public static String withMarkers(String query, List<Turn> history, int images) {
    boolean marked =
        query.contains(IMAGE_MARKER)
            || history.stream()
                .anyMatch(
                    turn ->
                        turn.question().contains(IMAGE_MARKER)
                            || turn.answer().contains(IMAGE_MARKER));
    return marked ? query : IMAGE_MARKER.repeat(images) + query;
  }
}
