package io.xcomposer.spark.conf;

/** What becomes of a row that cannot be answered: Spark's own three modes. */
public enum ErrorMode {
  /** It stays, with the error in its error column. */
  PERMISSIVE,
  /** It is left out and counted. */
  DROPMALFORMED,
  /** The job ends at the first one. */
  FAILFAST
}
