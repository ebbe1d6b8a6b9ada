package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * The pages of a job.
 *
 * @param imageColumn name of the image column where the plan names none
 */
record InputTable(Dataset<Row> pages, String imageColumn) {
  private static final String BINARY_FILE = "binaryFile";

  private static final Map<String, String> FORMAT_OF_ENDING =
      Map.of("parquet", "parquet", "orc", "orc", "avro", "avro");

  private static final Set<String> IMAGE_ENDINGS =
      Set.of("png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif");

  /**
   * All paths and tables of a plan, one behind the other, and of them the rows that are wanted.
   *
   * @throws XComposerException when one is not there or not in the format, they have different
   *     columns, or the condition is none
   */
  static InputTable read(SparkSession spark, InputPlan plan) {
    List<Dataset<Row>> parts = new ArrayList<>();
    String format = plan.format();
    if (!plan.paths().isEmpty()) {
      format = format == null ? formatOf(plan.paths(), hadoop(spark)) : format;
      parts.add(load(spark, plan, format));
    }
    for (String table : plan.tables()) {
      parts.add(table(spark, table));
    }
    Dataset<Row> all = parts.get(0);
    for (Dataset<Row> part : parts.subList(1, parts.size())) {
      all = union(all, part);
    }
    String usual = BINARY_FILE.equalsIgnoreCase(format) ? "content" : "image";
    return new InputTable(
        plan.where() == null ? all : where(all, plan.where()),
        plan.imageColumn() == null ? usual : plan.imageColumn());
  }

  private static Configuration hadoop(SparkSession spark) {
    return spark.sessionState().newHadoopConf();
  }

  private static Dataset<Row> load(SparkSession spark, InputPlan plan, String format) {
    var reader = spark.read().format(format);
    if (BINARY_FILE.equalsIgnoreCase(format)) {
      reader = reader.option("recursiveFileLookup", "true");
    }
    try {
      return reader.options(plan.options()).load(plan.paths().toArray(String[]::new));
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      throw Errors.input(
          "--input "
              + String.join(", ", plan.paths())
              + " cannot be read as "
              + format
              + ": "
              + SparkErrors.firstLine(e),
          "check the path, --format and --input-option",
          e);
    }
  }

  private static Dataset<Row> table(SparkSession spark, String table) {
    try {
      return spark.table(table);
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      throw Errors.input(
          "--input-table " + table + " cannot be read: " + SparkErrors.firstLine(e),
          "give the name of a table or view that Spark's catalog has",
          e);
    }
  }

  private static Dataset<Row> union(Dataset<Row> above, Dataset<Row> below) {
    try {
      return above.unionByName(below);
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      throw Errors.input(
          "the inputs do not have the same columns: " + SparkErrors.firstLine(e),
          "give inputs with the same columns, or run a job for each",
          e);
    }
  }

  private static Dataset<Row> where(Dataset<Row> pages, String condition) {
    Dataset<Row> wanted;
    try {
      wanted = pages.where(condition);
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      throw Errors.input(
          "--where " + condition + " cannot be used: " + SparkErrors.firstLine(e),
          "give a condition as it stands behind WHERE in SQL, over columns "
              + String.join(", ", pages.columns()),
          e);
    }
    return wanted;
  }

  /** Parquet, ORC, Avro, Delta or image files, by the names of the files at the paths. */
  private static String formatOf(List<String> paths, Configuration hadoop) {
    List<String> formats = paths.stream().map(path -> formatOf(path, hadoop)).distinct().toList();
    if (formats.size() > 1) {
      throw Errors.input(
          "the inputs are of different formats: " + String.join(", ", formats),
          "give inputs of one format, or run a job for each");
    }
    return formats.get(0);
  }

  private static String formatOf(String input, Configuration hadoop) {
    Path path = new Path(input);
    try {
      FileSystem files = path.getFileSystem(hadoop);
      FileStatus[] matching = files.globStatus(path);
      if (matching == null || matching.length == 0) {
        throw Errors.input("--input " + input + " does not exist", "give an existing path");
      }
      for (FileStatus match : matching) {
        Optional<String> format = formatBelow(match.getPath(), files);
        if (format.isPresent()) {
          return format.get();
        }
      }
    } catch (IOException | IllegalArgumentException e) {
      throw Errors.input(
          "--input " + input + " cannot be listed: " + e.getMessage(),
          "check the path and the right to read it",
          e);
    }
    throw Errors.input(
        "--input " + input + " holds no .parquet file and no image file",
        "give a Parquet file or folder, a folder of images, or name the --format");
  }

  private static Optional<String> formatBelow(Path path, FileSystem files) throws IOException {
    if (files.exists(new Path(path, "_delta_log"))) {
      return Optional.of("delta");
    }
    RemoteIterator<LocatedFileStatus> all = files.listFiles(path, true);
    while (all.hasNext()) {
      String name = all.next().getPath().getName().toLowerCase(Locale.ROOT);
      String ending = name.substring(name.lastIndexOf('.') + 1);
      if (FORMAT_OF_ENDING.containsKey(ending)) {
        return Optional.of(FORMAT_OF_ENDING.get(ending));
      }
      if (IMAGE_ENDINGS.contains(ending)) {
        return Optional.of(BINARY_FILE);
      }
    }
    return Optional.empty();
  }
}
