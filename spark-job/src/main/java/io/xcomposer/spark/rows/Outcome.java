package io.xcomposer.spark.rows;

import io.xcomposer.model.Answer;

/** What came of one question of a row. */
public sealed interface Outcome {

  /**
   * An answer.
   *
   * @param retries how often the engine was asked again before
   */
  record Answered(Answer answer, int retries) implements Outcome {}

  /**
   * No answer, and why.
   *
   * @param retries how often the engine was asked again before this was the end of it
   */
  record Failed(RowError error, int retries) implements Outcome {}

  /** Image or question is NULL: nothing was asked, and the result is NULL. */
  record NotAsked() implements Outcome {}
}
