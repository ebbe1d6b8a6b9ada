package io.xcomposer.spark.job;

import java.io.Serializable;

/** Where the question of a row is from. */
public sealed interface Question extends Serializable {
  /** The same question for every row. */
  record Constant(String text) implements Question {}

  /** A column of strings. */
  record Column(String name) implements Question {}
}
