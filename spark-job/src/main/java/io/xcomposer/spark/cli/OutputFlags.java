package io.xcomposer.spark.cli;

import io.xcomposer.spark.job.Continuation;
import io.xcomposer.spark.job.OutputMode;
import io.xcomposer.spark.job.OutputPlan;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Where a job puts its answers. */
@Command
final class OutputFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @ArgGroup(multiplicity = "1")
  private Place place;

  private static final class Place {
    @Option(names = "--output", paramLabel = "PATH", description = "Folder for the output's files.")
    private String path;

    @Option(
        names = "--output-table",
        paramLabel = "TABLE",
        description = "Table of Spark's catalog; made if there is none.")
    private String table;
  }

  @Option(
      names = "--output-format",
      paramLabel = "NAME",
      description =
          "Data source to write with: parquet, orc, json, csv, delta, ... Default: parquet; for a"
              + " table its own, or Spark's default.")
  private String format;

  @Option(
      names = "--output-option",
      paramLabel = "NAME=VALUE",
      description = "Option of that data source, such as compression=zstd. Can be given again.")
  private Map<String, String> options = Map.of();

  @Option(
      names = "--partition-by",
      paramLabel = "COLUMN",
      split = ",",
      description = "Columns of the output that make folders, with commas between.")
  private List<String> partitionBy = List.of();

  @Option(
      names = "--mode",
      paramLabel = "errorifexists|overwrite|append|ignore",
      defaultValue = "errorifexists",
      description = "What to do when the output is there already. Default: ${DEFAULT-VALUE}.")
  private OutputMode mode;

  @ArgGroup(multiplicity = "0..1")
  private Resume resume;

  private static final class Resume {
    @Option(
        names = "--resume",
        description =
            "Complete an output: answer the rows whose xc_key is not there yet. Rows that are there"
                + " with an error are done. Other settings than before are an error.")
    private boolean same;

    @Option(
        names = "--resume-with-other-settings",
        description = "As --resume, and what is there may have been answered with other settings.")
    private boolean other;
  }

  @Option(
      names = "--chunk-rows",
      paramLabel = "N",
      description =
          "Rows that are committed at a time, and lost at most when the job is killed. Default: 250"
              + " for each task slot of the cluster, at least 1000.")
  private Long chunkRows;

  /**
   * The plan.
   *
   * @throws ParameterException for a number of rows that is none
   */
  OutputPlan plan() {
    if (chunkRows != null && chunkRows < 1) {
      throw new ParameterException(
          command.commandLine(), "--chunk-rows " + chunkRows + " is not a positive number of rows");
    }
    return new OutputPlan(
        place.path,
        place.table,
        format,
        options,
        mode,
        partitionBy,
        continuation(),
        chunkRows == null ? 0 : chunkRows);
  }

  private Continuation continuation() {
    if (resume == null) {
      return Continuation.NONE;
    }
    return resume.other ? Continuation.RESUME_WITH_OTHER_SETTINGS : Continuation.RESUME;
  }
}
