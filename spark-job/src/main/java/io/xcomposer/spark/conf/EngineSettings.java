package io.xcomposer.spark.conf;

import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.tensor.DType;
import java.io.Serializable;

/**
 * What a job says about its engines before it is known on which executors they will be opened.
 *
 * @param device {@code "auto"}, {@code "cpu"} or {@code "cuda"}: a choice that each task makes true
 *     with what Spark has assigned to it
 * @param threads compute threads; 0 takes the cores of the process that opens the engine
 * @param maxImagePixels images with more are refused before decoding
 * @param kvCacheTokens as in {@link EngineOptions}
 * @param memoryBytes as in {@link EngineOptions}
 */
public record EngineSettings(
    String device,
    DType dtype,
    int threads,
    long maxImagePixels,
    int kvCacheTokens,
    long memoryBytes)
    implements Serializable {

  /** The GPU that Spark assigned to the task; the CPU where it assigned none. */
  public static final String AUTO = "auto";

  /** The exact mode on all cores of the CPU. */
  public static final EngineSettings EXACT =
      new EngineSettings("cpu", DType.F32, 0, EngineOptions.DEFAULT_MAX_IMAGE_PIXELS, 0, 0);

  public EngineSettings {
    // The engine's own check, so that a wrong value fails on the driver.
    new EngineOptions(
        device.equals(AUTO) ? "cpu" : device,
        dtype,
        Math.max(threads, 1),
        maxImagePixels,
        kvCacheTokens,
        memoryBytes);
  }

  /**
   * The options of an engine.
   *
   * @param opened the device that the choice has come to: {@code "cpu"} or {@code "cuda:N"}
   * @param cores of the process that opens the engine
   */
  public EngineOptions on(String opened, int cores) {
    return new EngineOptions(
        opened, dtype, threads == 0 ? cores : threads, maxImagePixels, kvCacheTokens, memoryBytes);
  }

  /** The options of an engine outside of Spark, on the device as it is named. */
  public EngineOptions onCores(int cores) {
    return on(device, cores);
  }
}
