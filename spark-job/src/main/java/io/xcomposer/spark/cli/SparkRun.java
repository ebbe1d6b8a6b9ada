package io.xcomposer.spark.cli;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.cli.ReportFlags.Report;
import io.xcomposer.spark.job.AnswerJob;
import io.xcomposer.spark.job.AnswerPlan;
import io.xcomposer.spark.job.JobSummary;
import java.io.IOException;
import java.nio.file.Files;
import java.util.Locale;
import org.apache.spark.sql.SparkSession;

/** Runs the main job in the Spark that started this process. */
final class SparkRun {
  private final Console console;
  private final Report report;

  SparkRun(Console console, Report report) {
    this.console = console;
    this.report = report;
  }

  /**
   * Runs the job and prints what came of it, on standard error as all that is no result.
   *
   * @return false when there were rows and not one has an answer
   */
  boolean run(AnswerPlan plan) {
    try (SparkSession spark = SparkSession.builder().appName("xcomposer run").getOrCreate()) {
      JobSummary done = new AnswerJob(spark, console.err()).run(plan);
      print(done);
      write(done);
      return !done.failed();
    }
  }

  private void print(JobSummary done) {
    if (done.ignored()) {
      say("Nothing was done: %s is there and --mode is ignore", done.output());
      return;
    }
    say(
        "Answered %d of %d rows (%d with an error), %d new tokens, in %.1f s: %.2f pages/s",
        done.rows() - done.errors(),
        done.rows(),
        done.errors(),
        done.newTokens(),
        done.seconds(),
        done.pagesPerSecond());
    if (done.rowsBefore() > 0) {
      say("%d rows were there before", done.rowsBefore());
    }
    if (done.errors() > 0) {
      say("Errors by class: %s", done.counts().errors());
    }
    if (done.dropped() > 0) {
      say("%d rows with an error were left out", done.dropped());
    }
    if (done.rows() > 0) {
      say(
          "Engines at work: %.0f %% of the time, %d of them",
          100 * done.deviceUtilisation(), done.work().engines().size());
    }
    if (report.pricePerHour() != null && done.rows() > 0) {
      say(
          "Cost of a million pages at this speed: %.2f",
          done.costPerMillionPages(report.pricePerHour()));
    }
    say("The answers are in %s", done.output().substring(done.output().indexOf(' ') + 1));
    if (done.failed()) {
      say("Every row failed; the column error of the output says why.");
    }
  }

  private void say(String format, Object... values) {
    console.err().println(String.format(Locale.ROOT, format, values));
  }

  private void write(JobSummary done) {
    if (report.summaryJson() == null) {
      return;
    }
    try {
      Files.writeString(report.summaryJson(), done.toJson(report.pricePerHour()) + "\n");
    } catch (IOException e) {
      throw Errors.input(
          "--summary-json " + report.summaryJson() + " cannot be written: " + e.getMessage(),
          "check the right to write there; the answers are complete",
          e);
    }
  }
}
