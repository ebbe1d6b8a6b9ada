package io.xcomposer.spark.conf;

/** Where a key may be given. */
public enum Scope {
  /** For a session or job. */
  SESSION,
  /** For a session or job, and by its short name as an option of one SQL call. */
  CALL
}
