package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.quarantine.QuarantineFolder;
import java.io.PrintStream;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/**
 * Answers the rows of a chunk and commits them.
 *
 * @param quarantine where rows that take executors down are recorded, null for none
 * @param watch told of the chunk's operator by Spark
 */
record ChunkWriter(
    SparkSession spark,
    KeyedPages pages,
    AnswerRows answers,
    OutputTable output,
    QuarantineFolder quarantine,
    OperatorWatch watch,
    PrintStream console) {

  /** What came of a chunk. */
  record Written(JobCounts counts, EngineWork work) {}

  /**
   * Returns when the chunk is committed. A chunk that fails is tried again as long as each attempt
   * has found out more about rows that take executors down.
   *
   * @param slices how many tasks read each partition
   * @param name of the chunk, for those who watch Spark
   */
  Written write(Chunk chunk, ChunkSelection selection, int slices, String name) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    context.setLocalProperty("spark.job.description", "xcomposer run: " + name);
    Broadcast<ChunkSelection> sent = context.broadcast(selection);
    try {
      Dataset<Row> rows = pages.rowsOf(chunk, sent, slices);
      while (true) {
        long crashesBefore = crashes();
        Set<String> filesBefore = quarantine == null ? Set.of() : output.files();
        try {
          return write(rows);
        } catch (Exception e) { // Spark throws checked exceptions without declaring them
          if (crashes() <= crashesBefore || !isFailedStage(e)) {
            throw e;
          }
          requireUnchanged(name, filesBefore, output.files(), e);
          console.println(name + " failed because executors went down; trying it again");
          output.prepare(pages.schema());
        }
      }
    } finally {
      sent.destroy();
      context.setLocalProperty("spark.job.description", null);
    }
  }

  /** Whether a stage has failed, which is before anything is committed. */
  static boolean isFailedStage(Throwable error) {
    return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
        .anyMatch(
            cause ->
                String.valueOf(cause.getMessage()).contains("Job aborted due to stage failure"));
  }

  /**
   * Refuses to try a chunk again that is in the output in part.
   *
   * @throws io.xcomposer.model.XComposerException when there are other files than before it
   */
  static void requireUnchanged(
      String name, Set<String> before, Set<String> now, Exception failure) {
    if (!now.equals(before)) {
      throw Errors.input(
          name
              + " failed with "
              + now.size()
              + " files in the output where "
              + before.size()
              + " were before it; tried again, it could be there twice",
          "run again with --resume, which leaves out the rows that are there",
          failure);
    }
  }

  private Written write(Dataset<Row> rows) {
    Observation counts = new Observation();
    output.append(answers.of(rows, counts));
    return new Written(JobCounts.of(values(counts)), EngineWork.of(watch.next()));
  }

  private long crashes() {
    return quarantine == null ? 0 : quarantine.crashes();
  }

  private static Map<String, Object> values(Observation counts) {
    try {
      return counts.getAsJava();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new IllegalStateException("interrupted while waiting for the counts of a chunk", e);
    }
  }
}
