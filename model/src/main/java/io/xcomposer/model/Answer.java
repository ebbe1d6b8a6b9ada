package io.xcomposer.model;

import java.util.List;

/**
 * The answer to a {@link Request}.
 *
 * @param text decoded and cut as the prompt style says (model-spec 7)
 * @param tokenIds the new ids, without the BOS that the library puts in front; a beam answer that
 *     ended early ends with id 2 (model-spec 8)
 * @param promptTokens positions of the prompt, image tokens included
 * @param imageTokens image positions among them
 * @param grids tiles (height, width) of each image
 * @param sequenceScore beam score of the answer, NaN when there is none
 */
public record Answer(
    String text,
    List<Integer> tokenIds,
    int promptTokens,
    int imageTokens,
    List<Grid> grids,
    FinishReason finishReason,
    double sequenceScore,
    StageSeconds seconds) {

  /** Tiles of an image, rows and columns. */
  public record Grid(int height, int width) {}

  /** Why the answer ended. */
  public enum FinishReason {
    /** An end token. */
    EOS,
    /** The limit of new tokens. */
    LENGTH
  }

  /**
   * Where the time went, in seconds.
   *
   * @param decode image bytes to resized pixels
   * @param vision tower, merge and projector
   * @param prefill prompt through the decoder
   * @param generate all further steps
   * @param queued between submission and the first stage
   */
  public record StageSeconds(
      double decode, double vision, double prefill, double generate, double queued) {}

  public Answer {
    tokenIds = List.copyOf(tokenIds);
    grids = List.copyOf(grids);
  }
}
