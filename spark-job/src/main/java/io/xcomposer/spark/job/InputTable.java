package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.util.Locale;
import java.util.Set;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.LocatedFileStatus;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The pages of a job. */
final class InputTable {
  private static final Set<String> IMAGE_ENDINGS =
      Set.of("png", "jpg", "jpeg", "webp", "tif", "tiff", "bmp", "gif");

  private InputTable() {}

  /**
   * The table at a path.
   *
   * @throws io.xcomposer.model.XComposerException when it is not there or not in the format
   */
  static Dataset<Row> read(SparkSession spark, String input, InputFormat format) {
    var reader = spark.read().format(format.sparkName());
    if (format == InputFormat.BINARYFILE) {
      reader = reader.option("recursiveFileLookup", "true");
    }
    try {
      return reader.load(input);
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      throw Errors.input(
          "--input "
              + input
              + " cannot be read as "
              + format.sparkName()
              + ": "
              + String.valueOf(e.getMessage()).lines().findFirst().orElse(""),
          "check the path and --format",
          e);
    }
  }

  /**
   * Parquet or image files, by the endings of the file names at a path.
   *
   * @throws io.xcomposer.model.XComposerException when they are neither, or there are none
   */
  static InputFormat formatOf(String input, Configuration hadoop) {
    Path path = new Path(input);
    try {
      FileSystem files = path.getFileSystem(hadoop);
      RemoteIterator<LocatedFileStatus> all = files.listFiles(path, true);
      while (all.hasNext()) {
        String name = all.next().getPath().getName().toLowerCase(Locale.ROOT);
        String ending = name.substring(name.lastIndexOf('.') + 1);
        if (ending.equals("parquet")) {
          return InputFormat.PARQUET;
        }
        if (IMAGE_ENDINGS.contains(ending)) {
          return InputFormat.BINARYFILE;
        }
      }
    } catch (FileNotFoundException e) {
      throw Errors.input("--input " + input + " does not exist", "give an existing path", e);
    } catch (IOException e) {
      throw Errors.input(
          "--input " + input + " cannot be listed: " + e.getMessage(),
          "check the path and the right to read it",
          e);
    }
    throw Errors.input(
        "--input " + input + " holds no .parquet file and no image file",
        "give a Parquet file or folder, a folder of images, or name the --format");
  }
}
