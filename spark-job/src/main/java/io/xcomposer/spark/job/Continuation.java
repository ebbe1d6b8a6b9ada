package io.xcomposer.spark.job;

/** What a job makes of answers of an earlier one in its output. */
public enum Continuation {
  /** The output is new, or the save mode says what to do. */
  NONE,
  /** Rows that have an answer or error there are left alone, if the settings are the same. */
  RESUME,
  /** As {@link #RESUME}, whatever the settings were. */
  RESUME_WITH_OTHER_SETTINGS
}
