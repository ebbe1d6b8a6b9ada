package io.xcomposer.spark.job;

/** What Spark says, short enough to stand inside a message of ours. */
final class SparkErrors {
  private SparkErrors() {}

  /** The first line of an error's message that says something. */
  static String firstLine(Throwable error) {
    return String.valueOf(error.getMessage())
        .lines()
        .filter(line -> !line.isBlank())
        .findFirst()
        .orElse("");
  }
}
