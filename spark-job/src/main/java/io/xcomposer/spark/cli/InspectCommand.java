package io.xcomposer.spark.cli;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.checkpoint.Checkpoint;
import io.xcomposer.model.checkpoint.StoredTensor;
import io.xcomposer.model.checkpoint.TensorReport;
import io.xcomposer.model.checkpoint.TensorTable;
import io.xcomposer.model.config.VisionConfig;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.spark.engine.CheckpointEngine;
import java.io.PrintStream;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** Shows what a checkpoint folder holds. */
@Command(
    name = "inspect",
    sortOptions = false,
    description = {
      "Shows config, tensors and sizes of a checkpoint, and the memory that its weights would take.",
      "Every tensor and the tokenizer are held against what the model needs; exit code 1 when"
          + " something is missing or does not fit."
    })
final class InspectCommand implements Callable<Integer> {
  private final Console console;

  @Mixin CommonFlags common;

  @Mixin private ModelFlags modelFlags;

  InspectCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    Path folder = modelFlags.checkpoint();
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      TensorReport report = TensorTable.report(checkpoint);
      PrintStream out = console.out();
      config(out, checkpoint.config());
      tensors(out, report);
      sizes(out, checkpoint, report);
      List<String> problems = new ArrayList<>(report.problems());
      tokenizer(out, folder, checkpoint.config(), problems);
      problems.forEach(problem -> out.println("PROBLEM " + problem));
      out.println(
          problems.isEmpty()
              ? "The model can use this checkpoint."
              : "The model cannot use this checkpoint: " + problems.size() + " problems.");
      return problems.isEmpty() ? 0 : Main.FAILURE;
    }
  }

  private static void config(PrintStream out, XComposerConfig config) {
    VisionConfig vision = config.vision();
    out.printf(
        Locale.ROOT,
        "decoder  %d layers, hidden %d, %d heads (%d key/value), intermediate %d, vocabulary %d,"
            + " prompt of at most %d tokens%n",
        config.numHiddenLayers(),
        config.hiddenSize(),
        config.numAttentionHeads(),
        config.numKeyValueHeads(),
        config.intermediateSize(),
        config.vocabSize(),
        config.maxLength());
    out.printf(
        Locale.ROOT,
        "vision   %d layers, hidden %d, %d heads, intermediate %d, views of %d px in patches of %d%n",
        vision.numHiddenLayers(),
        vision.hiddenSize(),
        vision.numAttentionHeads(),
        vision.intermediateSize(),
        vision.imageSize(),
        vision.patchSize());
  }

  private static void tokenizer(
      PrintStream out, Path folder, XComposerConfig config, List<String> problems) {
    try {
      out.printf("tokenizer %d pieces%n", CheckpointEngine.tokenizer(folder, config).pieces());
    } catch (XComposerException e) {
      problems.add(e.getMessage());
    }
  }

  private static void tensors(PrintStream out, TensorReport report) {
    for (TensorReport.Line line : report.lines()) {
      if (line.found() != null) {
        tensor(out, line.problem() == null ? "ok" : "PROBLEM", line.found());
      } else {
        out.printf(
            "%-8s %s %s%n",
            line.problem() == null ? "optional" : "MISSING",
            line.expected().name(),
            line.expected().describe());
      }
    }
    report.extras().forEach(extra -> tensor(out, "unused", extra));
  }

  private static void tensor(PrintStream out, String state, StoredTensor tensor) {
    out.printf(
        "%-8s %s %s %s %s%n",
        state, tensor.name(), tensor.dtype(), tensor.shape(), tensor.fileName());
  }

  private static void sizes(PrintStream out, Checkpoint checkpoint, TensorReport report) {
    Map<String, Long> bytesOfDType =
        checkpoint.names().stream()
            .map(checkpoint::tensor)
            .collect(
                Collectors.groupingBy(
                    tensor -> tensor.dtype().toString(),
                    TreeMap::new,
                    Collectors.summingLong(StoredTensor::bytes)));
    out.printf(
        "stored   %d tensors, %s (%s)%n",
        checkpoint.names().size(),
        gigabytes(checkpoint.bytes()),
        bytesOfDType.entrySet().stream()
            .map(entry -> entry.getKey() + " " + gigabytes(entry.getValue()))
            .collect(Collectors.joining(", ")));
    TensorReport.Memory memory = report.memory();
    out.printf(
        "memory   weights take %s in f32, %s in bf16, %s in int8, %s in int4%n",
        gigabytes(memory.f32()),
        gigabytes(memory.bf16()),
        gigabytes(memory.int8()),
        gigabytes(memory.int4()));
  }

  private static String gigabytes(long bytes) {
    return String.format(Locale.ROOT, "%.3f GB", bytes / 1e9);
  }
}
