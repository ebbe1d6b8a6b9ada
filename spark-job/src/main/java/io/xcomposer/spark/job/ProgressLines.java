package io.xcomposer.spark.job;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;

/** A line whenever something has changed, every few seconds. */
final class ProgressLines implements ProgressView {
  private final PrintStream out;
  private long shownRows;

  ProgressLines(PrintStream out) {
    this.out = out;
  }

  @Override
  public Duration interval() {
    return Duration.ofSeconds(5);
  }

  @Override
  public void show(Progress progress) {
    if (progress.rows() == shownRows) {
      return;
    }
    shownRows = progress.rows();
    Duration left = progress.left();
    out.printf(
        Locale.ROOT,
        "%d of %d rows, %d with an error, %.2f pages/s, %.1f tokens/s, %d:%02d:%02d left%n",
        progress.rows(),
        progress.totalRows(),
        progress.errors(),
        progress.pagesPerSecond(),
        progress.tokensPerSecond(),
        left.toHours(),
        left.toMinutesPart(),
        left.toSecondsPart());
  }

  @Override
  public void close() {
    // The stream is the caller's.
  }
}
