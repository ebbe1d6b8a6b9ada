package io.xcomposer.spark.job;

import java.util.List;
import java.util.Map;

/**
 * Where a job puts its answers.
 *
 * @param path folder to write to, null for a table
 * @param table name of a table to write to, null for a folder
 * @param format name of the data source, null for Parquet, or for that of a table that is there
 * @param options of the data source
 * @param partitionBy columns that make folders
 * @param chunkRows rows that are written at a time, 0 to choose by the size of the cluster
 */
public record OutputPlan(
    String path,
    String table,
    String format,
    Map<String, String> options,
    OutputMode mode,
    List<String> partitionBy,
    Continuation continuation,
    long chunkRows) {

  public OutputPlan {
    options = Map.copyOf(options);
    partitionBy = List.copyOf(partitionBy);
  }

  /** Parquet files in a folder. */
  public static OutputPlan ofPath(String path, OutputMode mode) {
    return new OutputPlan(path, null, null, Map.of(), mode, List.of(), Continuation.NONE, 0);
  }

  /** The place as the command line names it. */
  public String name() {
    return path == null ? "--output-table " + table : "--output " + path;
  }
}
