package io.xcomposer.spark.job;

import java.io.Serializable;
import org.apache.spark.SparkContext;
import org.apache.spark.util.LongAccumulator;

/**
 * Counts of a job. Each is exact as long as the partition function runs in the last stage of an
 * action, because Spark then counts every partition once.
 */
record Tally(LongAccumulator rows, LongAccumulator errors, LongAccumulator newTokens)
    implements Serializable {

  static final String ROWS = "xcomposer rows";
  static final String ERRORS = "xcomposer rows with an error";
  static final String NEW_TOKENS = "xcomposer new tokens";

  static Tally register(SparkContext context) {
    return new Tally(
        context.longAccumulator(ROWS),
        context.longAccumulator(ERRORS),
        context.longAccumulator(NEW_TOKENS));
  }

  void answered(int tokens) {
    rows.add(1L);
    newTokens.add((long) tokens);
  }

  void failed() {
    rows.add(1L);
    errors.add(1L);
  }
}
