package io.xcomposer.model;

/**
 * What an engine has done since it was opened.
 *
 * @param answers requests that were answered
 * @param newTokens of these answers
 * @param images of requests that went to the decoder
 * @param imageCacheHits images among them that were encoded already, or for another request
 * @param encodedViews views (global views and tiles) that the tower ran
 * @param sharedViews views of encoded pages that it did not run, as another with equal pixels did
 * @param promptTokens positions of the prompts of requests that were started, again for each that
 *     was put back
 * @param cachedPromptTokens positions among them whose keys and values were there already
 * @param steps passes through the decoder
 * @param rows tokens that went through it, of prompts and answers, in all steps
 * @param preemptions times that a request was put back because the key/value cache was full
 * @param towerSeconds in which the model's thread ran tower, merge and projector
 * @param decoderSeconds in which it ran steps of the decoder and chose tokens
 */
public record EngineStatistics(
    long answers,
    long newTokens,
    long images,
    long imageCacheHits,
    long encodedViews,
    long sharedViews,
    long promptTokens,
    long cachedPromptTokens,
    long steps,
    long rows,
    long preemptions,
    double towerSeconds,
    double decoderSeconds) {

  /** Nothing done, or nothing counted. */
  public static final EngineStatistics NONE =
      new EngineStatistics(0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0);

  /** In which the model was at work; decoding images runs beside it. */
  public double busySeconds() {
    return towerSeconds + decoderSeconds;
  }
}
