package io.xcomposer.spark.conf;

import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.tensor.DType;
import java.io.Serializable;

/**
 * What a job says about its engines before it is known on which executors they will be opened.
 *
 * @param device {@code "cpu"}
 * @param threads compute threads; 0 takes the cores of the process that opens the engine
 * @param maxImagePixels images with more are refused before decoding
 * @param kvCacheTokens as in {@link EngineOptions}
 */
public record EngineSettings(
    String device, DType dtype, int threads, long maxImagePixels, int kvCacheTokens)
    implements Serializable {

  /** The exact mode on all cores. */
  public static final EngineSettings EXACT =
      new EngineSettings("cpu", DType.F32, 0, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, 0);

  public EngineSettings {
    // The engine's own check, so that a wrong value fails on the driver.
    new EngineOptions(device, dtype, Math.max(threads, 1), maxImagePixels, kvCacheTokens);
  }

  /** The options of an engine in a process that has {@code cores} cores. */
  public EngineOptions onCores(int cores) {
    return new EngineOptions(
        device, dtype, threads == 0 ? cores : threads, maxImagePixels, kvCacheTokens);
  }
}
