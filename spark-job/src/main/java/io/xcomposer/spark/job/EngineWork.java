package io.xcomposer.spark.job;

import io.xcomposer.model.Answer.StageSeconds;

/**
 * What the engines of a job have done, summed over its executors.
 *
 * @param tiles of the images of all answers, without global views
 * @param imageCacheHits images that were found already encoded
 * @param seconds of each stage
 */
public record EngineWork(long tiles, long imageCacheHits, StageSeconds seconds) {

  /** Time in which an engine's model was at work: image decoding runs beside it. */
  public double busySeconds() {
    return seconds.vision() + seconds.prefill() + seconds.generate();
  }
}
