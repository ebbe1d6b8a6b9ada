package io.xcomposer.model.text;

import java.util.List;

/**
 * What the model is given, in order (model-spec 7).
 *
 * @param segments text and images
 * @param startsFromEmbeddings true with an image: the generation library then sees no prompt ids
 * @param libraryIds the ids that the library's sequence starts with (model-spec 8): a single BOS
 *     with an image, the whole prompt without; not to be changed
 */
public record Prompt(List<Segment> segments, boolean startsFromEmbeddings, int[] libraryIds) {

  /** A stretch of the prompt. */
  public sealed interface Segment {
    /**
     * Tokens.
     *
     * @param ids each below the model's vocab_size; not to be changed
     */
    record Text(int[] ids) implements Segment {}

    /**
     * All image tokens of an image.
     *
     * @param index of the image in the request
     */
    record Image(int index) implements Segment {}
  }

  public Prompt {
    segments = List.copyOf(segments);
  }

  /** Tokens of text. */
  public int textTokens() {
    int count = 0;
    for (Segment segment : segments) {
      count += segment instanceof Segment.Text text ? text.ids().length : 0;
    }
    return count;
  }

  /**
   * Positions of the whole prompt.
   *
   * @param imageTokens of each image of the request
   */
  public int length(int[] imageTokens) {
    int length = textTokens();
    for (Segment segment : segments) {
      length += segment instanceof Segment.Image image ? imageTokens[image.index()] : 0;
    }
    return length;
  }
}
