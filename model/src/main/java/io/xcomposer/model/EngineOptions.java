package io.xcomposer.model;

import io.xcomposer.model.backend.Backends;
import io.xcomposer.model.tensor.DType;
import java.util.List;

/**
 * How an engine is opened.
 *
 * @param device {@code "cpu"}
 * @param dtype F32 is exact; BF16, INT8 and INT4 are speed modes (one of {@link #MODES})
 * @param threads compute threads, at least 1: the cores that the process was given
 * @param maxImagePixels images with more are refused before decoding
 * @param kvCacheTokens tokens that the key/value cache holds over all sequences; 0 makes room for
 *     sixteen requests like the largest so far, or one full context, within 4 GiB, and always for
 *     one request, unless {@code memoryBytes} says
 * @param memoryBytes the most that the engine takes outside of the Java heap: weights, buffers of a
 *     step, keys and values, and image tokens, the latter two as large as there is room for. 0 sets
 *     no limit
 */
public record EngineOptions(
    String device,
    DType dtype,
    int threads,
    long maxImagePixels,
    int kvCacheTokens,
    long memoryBytes) {

  /** What an engine can compute with, the exact one first, then by the bytes of its weights. */
  public static final List<DType> MODES = List.of(DType.F32, DType.BF16, DType.INT8, DType.INT4);

  /** Twice Pillow's warning level, where it refuses an image too. */
  public static final long DEFAULT_MAX_IMAGE_PIXELS = 178_956_970L;

  public EngineOptions {
    Backends.requireKnown(device);
    if (!MODES.contains(dtype)) {
      throw Errors.option("dtype", dtype, "f32, bf16, int8 or int4");
    }
    if (threads < 1 || threads > 1024) {
      throw Errors.option("threads", threads, "a number of cores from 1 to 1024");
    }
    if (maxImagePixels < 1) {
      throw Errors.option("max-image-pixels", maxImagePixels, "a positive number of pixels");
    }
    if (kvCacheTokens < 0) {
      throw Errors.option("kv-cache-tokens", kvCacheTokens, "0 or a positive number of tokens");
    }
    if (memoryBytes < 0) {
      throw Errors.option("memory", memoryBytes, "0 or a positive number of bytes");
    }
  }

  /** Without a limit of memory. */
  public EngineOptions(
      String device, DType dtype, int threads, long maxImagePixels, int kvCacheTokens) {
    this(device, dtype, threads, maxImagePixels, kvCacheTokens, 0);
  }

  /** The exact mode on all cores of this machine. */
  public static EngineOptions exact() {
    return new EngineOptions(
        "cpu", DType.F32, Runtime.getRuntime().availableProcessors(), DEFAULT_MAX_IMAGE_PIXELS, 0);
  }
}
