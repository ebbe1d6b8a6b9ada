package io.xcomposer.spark.job;

import io.xcomposer.spark.conf.ProgressStyle;
import java.io.PrintStream;
import java.time.Duration;

/** How the console shows how far a job is. */
interface ProgressView extends AutoCloseable {

  /**
   * How far a job is.
   *
   * @param seconds since its first chunk was started
   */
  record Progress(long totalRows, long rows, long errors, long tokens, double seconds) {
    double pagesPerSecond() {
      return seconds > 0 ? rows / seconds : 0;
    }

    double tokensPerSecond() {
      return seconds > 0 ? tokens / seconds : 0;
    }

    /** Time that the rest takes at the speed so far; zero where nothing is known. */
    Duration left() {
      return rows == 0
          ? Duration.ZERO
          : Duration.ofSeconds(Math.round(seconds / rows * Math.max(0, totalRows - rows)));
    }
  }

  /** How often it likes to be asked. */
  Duration interval();

  /** Shows it; by one thread at a time. */
  void show(Progress progress);

  @Override
  void close();

  /** The view of a style; a bar needs a terminal. */
  static ProgressView of(ProgressStyle style, PrintStream console, long totalRows) {
    return switch (style) {
      case AUTO ->
          System.console() == null
              ? new ProgressLines(console)
              : new ProgressOnBar(console, totalRows);
      case LINES -> new ProgressLines(console);
      case NONE -> new NoProgress();
    };
  }

  /** Shows nothing. */
  record NoProgress() implements ProgressView {
    @Override
    public Duration interval() {
      return Duration.ofHours(1);
    }

    @Override
    public void show(Progress progress) {
      // Nothing is to be seen.
    }

    @Override
    public void close() {
      // Nothing was opened.
    }
  }
}
