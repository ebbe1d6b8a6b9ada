package io.xcomposer.spark.job;

import java.util.List;
import java.util.Map;

/**
 * Which rows a job answers.
 *
 * @param paths files or folders, on any Hadoop file system
 * @param tables tables or views by name, as Spark's catalog knows them; at least one path or table
 * @param format name of the paths' data source, null to find out
 * @param options of the data source
 * @param where SQL condition that rows have to meet, null for none
 * @param limit most rows, 0 for all
 * @param columns input columns that the output has, empty for all
 * @param imageColumn null for the usual one of the format
 */
public record InputPlan(
    List<String> paths,
    List<String> tables,
    String format,
    Map<String, String> options,
    String where,
    long limit,
    List<String> columns,
    String imageColumn) {

  public InputPlan {
    paths = List.copyOf(paths);
    tables = List.copyOf(tables);
    options = Map.copyOf(options);
    columns = List.copyOf(columns);
  }

  /** All rows of a path, in the format that it is found to have. */
  public static InputPlan ofPath(String path) {
    return new InputPlan(List.of(path), List.of(), null, Map.of(), null, 0, List.of(), null);
  }
}
