package io.xcomposer.spark.bench;

import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcomposer.spark.LocalSpark;
import io.xcomposer.spark.cli.Main;
import java.io.IOException;
import java.nio.file.Path;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** {@code run} over a table, in one executor with the model's default output: every column. */
final class SparkFeed {
  static final StructType SCHEMA =
      new StructType()
          .add("id", DataTypes.IntegerType, false)
          .add("image", DataTypes.BinaryType)
          .add("question", DataTypes.StringType);

  private final Path checkpoint;
  private final Path work;
  private int runs;

  SparkFeed(Path checkpoint, Path work) {
    this.checkpoint = checkpoint;
    this.work = work;
  }

  /**
   * Seconds of the whole command in a Spark that is up, without the opening of the engine: from the
   * check of the plan to the count of the output's keys.
   */
  double seconds(Path table) throws IOException {
    LocalSpark.session();
    Path output = work.resolve("answers-" + runs++);
    Path summary = output.resolveSibling(output.getFileName() + ".json");
    long start = System.nanoTime();
    Main.main(
        new String[] {
          "run",
          "--model",
          checkpoint.toString(),
          "--input",
          table.toString(),
          "--question-column",
          "question",
          "--hd-num",
          "" + DirectFeed.HD_NUM,
          "--repetition-penalty",
          "1.0",
          "--max-new-tokens",
          "" + DirectFeed.NEW_TOKENS,
          "--output",
          output.toString(),
          "--progress",
          "none",
          "--summary-json",
          summary.toString()
        });
    double whole = (System.nanoTime() - start) / 1e9;
    var executors = new ObjectMapper().readTree(summary.toFile()).path("executors");
    return whole - executors.path(0).path("open_seconds").asDouble();
  }
}
