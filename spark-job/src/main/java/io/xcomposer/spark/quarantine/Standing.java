package io.xcomposer.spark.quarantine;

/** What is known of a row before it is tried. */
public sealed interface Standing {
  /** Nothing against it. */
  record Clear() implements Standing {}

  /**
   * It was in work when a process went down: it has to be alone, so that it is known who did it.
   */
  record Suspect() implements Standing {}

  /**
   * It is not tried again.
   *
   * @param crashes processes that went down with it in work, as far as recorded
   * @param evidence the start of the names of its files in the folder
   */
  record SetAside(int crashes, String evidence) implements Standing {}
}
