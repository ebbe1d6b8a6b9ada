package io.xcomposer.spark.cli;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.conf.ProgressStyle;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** What a job says of itself. */
@Command
final class ReportFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--progress",
      paramLabel = "auto|lines|none",
      description =
          "While it runs: auto shows a bar on a terminal and lines elsewhere. Default:"
              + " spark.xcomposer.progress, or auto.")
  private ProgressStyle progress;

  @Option(
      names = "--summary-json",
      paramLabel = "FILE",
      description = "Write the summary to a file as well, as JSON.")
  private Path summaryJson;

  @Option(
      names = "--price-per-hour",
      paramLabel = "X",
      description = "What the whole cluster costs in an hour: for the cost of a million pages.")
  private Double pricePerHour;

  /**
   * What is to be reported.
   *
   * @param progress null where the session's setting holds
   * @param summaryJson null for none
   * @param pricePerHour null when it is not known
   */
  record Report(ProgressStyle progress, Path summaryJson, Double pricePerHour) {}

  /**
   * Checks the flags.
   *
   * @throws io.xcomposer.model.XComposerException when the file could not be written
   */
  Report report() {
    if (pricePerHour != null && !(pricePerHour > 0 && Double.isFinite(pricePerHour))) {
      throw new ParameterException(
          command.commandLine(), "--price-per-hour " + pricePerHour + " is not a positive number");
    }
    if (summaryJson != null) {
      Path folder = summaryJson.toAbsolutePath().getParent();
      if (Files.isDirectory(summaryJson) || !Files.isDirectory(folder)) {
        throw Errors.input(
            "--summary-json " + summaryJson + " cannot be written",
            "give a file in a folder that there is");
      }
    }
    return new Report(progress, summaryJson, pricePerHour);
  }
}
