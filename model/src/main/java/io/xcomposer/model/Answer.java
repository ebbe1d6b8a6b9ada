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
 * @param confidence how sure the model was of {@code tokenIds}
 * @param imageCacheHits images of the request that were found already encoded
 * @param encodedViews views (global views and tiles) that the tower ran for the request; none for
 *     an image that was found, one for views with equal pixels
 * @param cachedPromptTokens positions of the prompt whose keys and values were found, as an earlier
 *     prompt started alike
 */
public record Answer(
    String text,
    List<Integer> tokenIds,
    int promptTokens,
    int imageTokens,
    List<Grid> grids,
    FinishReason finishReason,
    double sequenceScore,
    Confidence confidence,
    int imageCacheHits,
    int encodedViews,
    int cachedPromptTokens,
    StageSeconds seconds) {

  /** Tiles of an image, rows and columns. */
  public record Grid(int height, int width) {}

  /**
   * The probability that the model gave to the tokens it chose, each given those before it; 0 to 1,
   * never NaN.
   *
   * <p>Greedy and beams: the softmax, over the whole vocabulary, of the scores that the search
   * chose by. These are what the repetition penalty has made of the logits (greedy) or of their
   * log-softmax (beams), without temperature and without the sum of the beam. Sampling: the
   * probability with which the token was drawn, after penalty, temperature, top-k and top-p.
   *
   * <p>Every new token counts, the end token too. A beam answer that ended counts the end token
   * that it ended with, which need not be the id 2 that is put behind it (model-spec 8). Where the
   * model's scores are not numbers, the probability is 0.
   *
   * @param mean geometric mean over the new tokens, exp of the mean log-probability; 1 without any
   * @param min the lowest of them; 1 without any
   */
  public record Confidence(double mean, double min) {
    public Confidence {
      if (!(mean >= 0 && mean <= 1 && min >= 0 && min <= 1)) {
        throw new IllegalArgumentException(
            "a mean of " + mean + " and a minimum of " + min + " are not probabilities");
      }
    }
  }

  /** Why the answer ended. */
  public enum FinishReason {
    /** An end token. */
    EOS,
    /** The limit of new tokens. */
    LENGTH
  }

  /**
   * Where the time went, in seconds. Together they are the time from the request to its answer.
   * What requests did together, a step of the decoder or a batch of views, is divided among them by
   * their rows or views: over all answers of an engine, vision, prefill and generate add up to the
   * time that its model was at work for them.
   *
   * @param decode image bytes to resized pixels
   * @param vision tower, merge and projector
   * @param prefill prompt through the decoder
   * @param generate all further steps, and choosing tokens
   * @param queued while none of these was done for it
   */
  public record StageSeconds(
      double decode, double vision, double prefill, double generate, double queued) {}

  public Answer {
    tokenIds = List.copyOf(tokenIds);
    grids = List.copyOf(grids);
  }

  /** Views of the images that the tower did not run for the request: found, or equal to others. */
  public int reusedViews() {
    int views = grids.stream().mapToInt(grid -> 1 + grid.height() * grid.width()).sum();
    return Math.max(0, views - encodedViews);
  }
}
