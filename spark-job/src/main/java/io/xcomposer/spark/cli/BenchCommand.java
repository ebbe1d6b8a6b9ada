package io.xcomposer.spark.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Errors;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.Backends;
import io.xcomposer.model.bench.BenchResult;
import io.xcomposer.model.bench.EngineBench;
import io.xcomposer.model.config.XComposerConfig;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Measures the engine on this machine. */
@Command(
    name = "bench",
    sortOptions = false,
    description =
        "Measures views/s of the tower and tokens/s of prefill and decode with random weights:"
            + " needs no checkpoint.",
    footer = {"", "Example: xcomposer bench --shape 7b --dtype bf16"})
final class BenchCommand implements Callable<Integer> {
  private final Console console;

  @Mixin CommonFlags common;

  @Option(
      names = "--shape",
      paramLabel = "7b|mini|tiny|FILE.json",
      defaultValue = "7b",
      description = "Sizes of the model, by name or from a config.json. Default: ${DEFAULT-VALUE}.")
  private String shape;

  @Option(
      names = "--layers",
      paramLabel = "N",
      defaultValue = "2",
      description =
          "Decoder layers to build and time; figures are for all layers of the shape."
              + " Default: ${DEFAULT-VALUE}.")
  private int layers;

  @Option(
      names = "--seconds",
      paramLabel = "S",
      defaultValue = "2",
      description = "Time for each figure. Default: ${DEFAULT-VALUE}.")
  private double seconds;

  @Option(names = "--json", description = "Print an object with all figures.")
  private boolean json;

  @Mixin private EngineFlags engineFlags;

  BenchCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (layers < 1) {
      throw Errors.option("layers", layers, "a positive number of layers");
    }
    if (!(seconds > 0) || seconds > 3600) {
      throw Errors.option("seconds", seconds, "a number above 0, at most 3600");
    }
    EngineOptions options = engineFlags.options();
    XComposerConfig config = XComposerConfig.ofShape(shape);
    try (Backend backend = Backends.open(options.device(), options.threads())) {
      List<BenchResult> results =
          new EngineBench(backend, config, layers, options.dtype(), seconds).run();
      if (json) {
        console.out().println(object(backend, options, results));
      } else {
        console.out().println(backend.description());
        results.forEach(this::print);
      }
    }
    return 0;
  }

  private void print(BenchResult result) {
    String share =
        Double.isNaN(result.limit())
            ? ""
            : String.format(
                Locale.ROOT, " (%.0f %% of %.4g)", 100 * result.share(), result.limit());
    console
        .out()
        .printf(
            Locale.ROOT,
            "%-24s %10.4g %s%s%n",
            result.name(),
            result.value(),
            result.unit(),
            share);
  }

  private String object(Backend backend, EngineOptions options, List<BenchResult> results) {
    ObjectMapper mapper = new ObjectMapper();
    ObjectNode root = mapper.createObjectNode();
    root.put("device", backend.description());
    root.put("shape", shape);
    root.put("layers", layers);
    root.put("dtype", options.dtype().name().toLowerCase(Locale.ROOT));
    root.put("threads", options.threads());
    ArrayNode figures = root.putArray("results");
    for (BenchResult result : results) {
      ObjectNode figure = figures.addObject();
      figure.put("name", result.name()).put("value", result.value()).put("unit", result.unit());
      if (!Double.isNaN(result.limit())) {
        figure.put("limit", result.limit()).put("share", result.share());
      }
    }
    try {
      return mapper.writeValueAsString(root);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("figures are always JSON", e);
    }
  }
}
