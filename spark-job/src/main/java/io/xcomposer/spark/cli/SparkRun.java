package io.xcomposer.spark.cli;

import io.xcomposer.spark.engine.EngineOpener;
import io.xcomposer.spark.job.AnswerJob;
import io.xcomposer.spark.job.AnswerPlan;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;

/** Runs the main job in the Spark that started this process. */
final class SparkRun {
  private final Console console;
  private final EngineOpener opener;

  SparkRun(Console console, EngineOpener opener) {
    this.console = console;
    this.opener = opener;
  }

  /**
   * Runs the job and prints what came of it, on standard error as all that is no result.
   *
   * @return false when there were rows and not one has an answer
   */
  boolean run(AnswerPlan plan) {
    try (SparkSession spark = SparkSession.builder().appName("xcomposer run").getOrCreate()) {
      AnswerJob.Summary done = new AnswerJob(spark, opener, console.err()).run(plan);
      print(done);
      return !done.failed();
    }
  }

  private void print(AnswerJob.Summary done) {
    if (done.ignored()) {
      console
          .err()
          .println(
              "Nothing was done: --output " + done.output() + " is there and --mode is ignore");
      return;
    }
    console
        .err()
        .printf(
            Locale.ROOT,
            "Answered %d of %d rows (%d with an error), %d new tokens, in %.1f s: %.2f pages/s%n"
                + "The answers are in %s%n",
            done.rows() - done.errors(),
            done.rows(),
            done.errors(),
            done.newTokens(),
            done.seconds(),
            done.rows() / done.seconds(),
            done.output());
    if (done.failed()) {
      console.err().println("Every row failed; the column error of the output says why.");
    }
  }
}
