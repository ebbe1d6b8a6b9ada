package io.xcomposer.spark.job;

import java.util.Map;
import org.apache.spark.api.java.JavaSparkContext;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** Answers the rows of a chunk and commits them. */
record ChunkWriter(
    SparkSession spark,
    KeyedPages pages,
    AnswerRows answers,
    OutputTable output,
    KeyIndex index,
    ChunkPlan cut) {

  /**
   * Returns when the chunk is committed.
   *
   * @param number from 1
   * @param of how many chunks there are, for those who watch Spark
   */
  JobCounts write(Chunk chunk, int number, int of) {
    JavaSparkContext context = JavaSparkContext.fromSparkContext(spark.sparkContext());
    context.setLocalProperty(
        "spark.job.description", "xcomposer run: chunk " + number + " of " + of);
    Broadcast<ChunkSelection> selection = context.broadcast(index.selection(chunk));
    try {
      Dataset<Row> rows = pages.rowsOf(chunk, selection, cut.slices(chunk));
      Observation counts = new Observation();
      output.append(answers.of(rows, counts));
      return JobCounts.of(values(counts));
    } finally {
      selection.destroy();
      context.setLocalProperty("spark.job.description", null);
    }
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
