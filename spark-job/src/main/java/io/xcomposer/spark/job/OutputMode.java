package io.xcomposer.spark.job;

/** What a job does when its output is there already: Spark's save modes. */
public enum OutputMode {
  /** Fails before anything is scheduled. */
  ERRORIFEXISTS,
  /** Puts the new output in its place. */
  OVERWRITE,
  /** Adds to it. */
  APPEND,
  /** Leaves it as it is and does nothing. */
  IGNORE
}
