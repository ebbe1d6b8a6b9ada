package io.xcomposer.spark.cli;

import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Errors;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.Defaults;
import io.xcomposer.spark.conf.EngineSettings;
import java.util.Locale;
import picocli.CommandLine.Command;
import picocli.CommandLine.ITypeConverter;
import picocli.CommandLine.Option;
import picocli.CommandLine.TypeConversionException;

/** What a model runs on. */
@Command
final class EngineFlags {
  @Option(
      names = "--device",
      paramLabel = "DEVICE",
      description =
          "Where the model runs. With Spark: auto (the GPU that Spark assigns to a task, the CPU"
              + " where it assigns none), cpu or cuda. Default: auto. Otherwise: cpu, the default.")
  String device;

  @Option(
      names = "--dtype",
      paramLabel = "f32|bf16|int8|int4",
      defaultValue = "f32",
      converter = DTypeConverter.class,
      description =
          "Numbers to compute with: f32 is exact; bf16, int8 and int4 are faster, need about 50, 28"
              + " and 18 %% of its memory, and cost exactness (docs/PERFORMANCE.md). Default:"
              + " ${DEFAULT-VALUE}.")
  DType dtype;

  @Option(
      names = "--threads",
      paramLabel = "N",
      description = "Compute threads. Default: all cores that the process has.")
  Integer threads;

  @Option(
      names = "--max-image-pixels",
      paramLabel = "N",
      defaultValue = "" + Defaults.MAX_IMAGE_PIXELS,
      description = "Refuse images with more pixels. Default: ${DEFAULT-VALUE}.")
  long maxImagePixels;

  @Option(
      names = "--kv-cache-tokens",
      paramLabel = "N",
      defaultValue = "0",
      description =
          "Tokens that the key/value cache holds over all questions at a time. Default: 0, room"
              + " for sixteen questions, within 4 GiB.")
  int kvCacheTokens;

  @Option(
      names = "--memory",
      paramLabel = "SIZE",
      defaultValue = "0",
      converter = SizeConverter.class,
      description =
          "Most memory of the engine outside of the Java heap, such as 24g: weights, buffers,"
              + " key/value cache, encoded images. Default: 0, no limit.")
  long memory;

  EngineSettings settings() {
    if (threads != null && threads < 1) {
      throw Errors.option("threads", threads, "a number of cores from 1 to 1024, or leave it out");
    }
    return new EngineSettings(
        device == null ? EngineSettings.AUTO : device,
        dtype,
        threads == null ? 0 : threads,
        maxImagePixels,
        kvCacheTokens,
        memory);
  }

  /** Options of an engine in this process. */
  EngineOptions options() {
    int cores = Runtime.getRuntime().availableProcessors();
    return device == null ? settings().on("cpu", cores) : settings().onCores(cores);
  }

  /** A size as in the configuration. */
  static final class SizeConverter implements ITypeConverter<Long> {
    @Override
    public Long convert(String value) {
      try {
        return ConfKeys.MEMORY.type().parser().apply(value);
      } catch (IllegalArgumentException e) {
        throw new TypeConversionException(
            "'" + value + "' is not " + ConfKeys.MEMORY.allowed() + ", or 0");
      }
    }
  }

  /** What an engine can compute with, by its name. */
  static final class DTypeConverter implements ITypeConverter<DType> {
    @Override
    public DType convert(String value) {
      return EngineOptions.MODES.stream()
          .filter(mode -> mode.name().toLowerCase(Locale.ROOT).equals(value))
          .findFirst()
          .orElseThrow(
              () ->
                  new TypeConversionException(
                      "'" + value + "' is none of f32, bf16, int8 and int4"));
    }
  }
}
