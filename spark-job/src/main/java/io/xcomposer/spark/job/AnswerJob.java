package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.engine.EngineOpener;
import io.xcomposer.spark.engine.ExecutorEngine;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Encoders;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;

/** The main job: a table of pages in, the same table with answers out. */
public final class AnswerJob {

  /**
   * What a job did.
   *
   * @param ignored whether it did nothing, because there was an output and it was to be left alone
   */
  public record Summary(
      long rows, long errors, long newTokens, double seconds, String output, boolean ignored) {

    /** Whether there were rows and none has an answer. */
    public boolean failed() {
      return rows > 0 && errors == rows;
    }
  }

  private final SparkSession spark;
  private final EngineOpener opener;
  private final PrintStream progress;

  /**
   * A job of a session.
   *
   * @param progress gets a line every few seconds
   */
  public AnswerJob(SparkSession spark, EngineOpener opener, PrintStream progress) {
    this.spark = spark;
    this.opener = opener;
    this.progress = progress;
  }

  /**
   * Checks the plan, then answers every row and writes the output.
   *
   * @throws io.xcomposer.model.XComposerException for what is wrong with the plan, before anything
   *     is scheduled
   */
  public Summary run(AnswerPlan plan) {
    Configuration hadoop = spark.sessionState().newHadoopConf();
    if (plan.mode() == OutputMode.ERRORIFEXISTS) {
      requireFreeOutput(plan, hadoop);
    } else if (plan.mode() == OutputMode.IGNORE && outputExists(plan, hadoop)) {
      return new Summary(0, 0, 0, 0, plan.output(), true);
    }
    opener.check(Path.of(plan.options().model()));
    InputFormat format =
        plan.format() == null ? InputTable.formatOf(plan.input(), hadoop) : plan.format();
    Dataset<Row> pages = InputTable.read(spark, plan.input(), format);
    RowCodec codec =
        new RowCodec(
            pages.schema(),
            plan.imageColumn() == null ? format.imageColumn() : plan.imageColumn(),
            plan.question(),
            plan.options().prompt(),
            plan.options().generation(),
            plan.options().engine().maxImagePixels(),
            hadoop);
    Tally tally = Tally.register(spark.sparkContext());
    MapPartitionsFunction<Row, Row> answer =
        new AnswerPartition(plan.options(), codec, opener, tally);
    Dataset<Row> answers = pages.mapPartitions(answer, Encoders.row(codec.outputSchema()));

    long start = System.nanoTime();
    write(answers, plan, pages.count());
    return new Summary(
        tally.rows().sum(),
        tally.errors().sum(),
        tally.newTokens().sum(),
        (System.nanoTime() - start) / 1e9,
        plan.output(),
        false);
  }

  private void write(Dataset<Row> answers, AnswerPlan plan, long totalRows) {
    try (JobProgress lines = new JobProgress(progress, totalRows)) {
      spark.sparkContext().addSparkListener(lines);
      try {
        lines.start();
        answers.write().mode(plan.mode().name()).parquet(plan.output());
      } finally {
        spark.sparkContext().removeSparkListener(lines);
      }
    } finally {
      ExecutorEngine.ofThisProcess().closeIdle();
    }
  }

  /** Spark would say so too, but only after the table has been read. */
  private static void requireFreeOutput(AnswerPlan plan, Configuration hadoop) {
    if (outputExists(plan, hadoop)) {
      throw Errors.input(
          "--output " + plan.output() + " is already there",
          "give another folder, or --mode overwrite or append");
    }
  }

  private static boolean outputExists(AnswerPlan plan, Configuration hadoop) {
    var output = new org.apache.hadoop.fs.Path(plan.output());
    try {
      return output.getFileSystem(hadoop).exists(output);
    } catch (IOException e) {
      throw Errors.input(
          "--output " + plan.output() + " cannot be looked at: " + e.getMessage(),
          "check the path and the right to write there",
          e);
    }
  }
}
