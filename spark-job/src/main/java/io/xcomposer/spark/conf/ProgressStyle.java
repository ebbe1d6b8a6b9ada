package io.xcomposer.spark.conf;

/** How a job reports on the console while it runs. */
public enum ProgressStyle {
  /** A bar on a terminal, plain lines elsewhere. */
  AUTO,
  /** Plain lines. */
  LINES,
  /** Nothing before the summary. */
  NONE
}
