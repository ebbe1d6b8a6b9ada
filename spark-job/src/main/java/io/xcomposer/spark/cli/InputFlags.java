package io.xcomposer.spark.cli;

import io.xcomposer.spark.job.InputPlan;
import java.util.List;
import java.util.Map;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which rows a job answers. */
@Command
final class InputFlags {
  @Spec(Spec.Target.MIXEE)
  private CommandSpec command;

  @Option(
      names = "--input",
      paramLabel = "PATH",
      description = "File or folder of a table, or folder of images. Can be given again.")
  private List<String> paths = List.of();

  @Option(
      names = "--input-table",
      paramLabel = "TABLE",
      description = "Table or view of Spark's catalog. Can be given again.")
  private List<String> tables = List.of();

  @Option(
      names = "--format",
      paramLabel = "NAME",
      description =
          "Data source of --input: parquet, binaryFile, image, orc, json, csv, delta, ..."
              + " Default: by the endings of its files.")
  private String format;

  @Option(
      names = "--input-option",
      paramLabel = "NAME=VALUE",
      description = "Option of that data source, such as header=true. Can be given again.")
  private Map<String, String> options = Map.of();

  @Option(
      names = "--where",
      paramLabel = "CONDITION",
      description = "Answer only rows that meet an SQL condition.")
  private String where;

  @Option(
      names = "--limit",
      paramLabel = "N",
      description = "Answer at most so many rows. With --resume, those that are there count.")
  private Long limit;

  @Option(
      names = "--columns",
      paramLabel = "COLUMN",
      split = ",",
      description =
          "Input columns that the output has, with commas between. Default: all, the image too.")
  private List<String> columns = List.of();

  @Option(
      names = "--image-column",
      paramLabel = "COLUMN",
      description =
          "File contents (binary), paths (string) or Spark's image type. Default: image; content"
              + " for a folder of images.")
  private String imageColumn;

  /**
   * The plan.
   *
   * @throws ParameterException when there is no input, or a flag that would do nothing
   */
  InputPlan plan() {
    if (paths.isEmpty() && tables.isEmpty()) {
      throw wrong("Missing required option: --input=PATH or --input-table=TABLE");
    }
    if (paths.isEmpty() && (format != null || !options.isEmpty())) {
      throw wrong("--format and --input-option only work with --input");
    }
    if (limit != null && limit < 1) {
      throw wrong("--limit " + limit + " is not a positive number of rows");
    }
    return new InputPlan(
        paths, tables, format, options, where, limit == null ? 0 : limit, columns, imageColumn);
  }

  private ParameterException wrong(String message) {
    return new ParameterException(command.commandLine(), message);
  }
}
