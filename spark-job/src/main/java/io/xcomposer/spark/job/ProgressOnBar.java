package io.xcomposer.spark.job;

import java.io.PrintStream;
import java.time.Duration;
import java.util.Locale;
import me.tongfei.progressbar.DelegatingProgressBarConsumer;
import me.tongfei.progressbar.ProgressBar;
import me.tongfei.progressbar.ProgressBarBuilder;
import me.tongfei.progressbar.ProgressBarStyle;

/** A bar in the last line of a terminal. */
final class ProgressOnBar implements ProgressView {
  private static final int DEFAULT_WIDTH = 100;

  private final PrintStream out;
  private final ProgressBar bar;

  ProgressOnBar(PrintStream out, long totalRows) {
    this.out = out;
    bar =
        new ProgressBarBuilder()
            .setTaskName("pages")
            .setInitialMax(totalRows)
            .setStyle(ProgressBarStyle.ASCII)
            .setUpdateIntervalMillis(500)
            .setConsumer(new DelegatingProgressBarConsumer(this::print, width()))
            .build();
  }

  private void print(String line) {
    out.print("\r" + line);
    out.flush();
  }

  /** What the shell says of its terminal. */
  private static int width() {
    String columns = System.getenv("COLUMNS");
    return columns != null && columns.matches("\\d{2,3}")
        ? Integer.parseInt(columns) - 1
        : DEFAULT_WIDTH;
  }

  @Override
  public Duration interval() {
    return Duration.ofMillis(500);
  }

  @Override
  public void show(Progress progress) {
    bar.stepTo(progress.rows());
    bar.setExtraMessage(
        String.format(
            Locale.ROOT,
            " %.2f pages/s, %.1f tokens/s, %d errors",
            progress.pagesPerSecond(),
            progress.tokensPerSecond(),
            progress.errors()));
  }

  @Override
  public void close() {
    bar.close();
    out.println();
  }
}
