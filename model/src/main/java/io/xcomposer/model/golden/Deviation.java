package io.xcomposer.model.golden;

import java.util.Arrays;

/** How far runs of the model are from the recorded ones: what a speed mode costs. */
final class Deviation {
  private int runs;
  private int runsWithEqualIds;
  private long ids;
  private long idsBeforeParting;
  private long logits;
  private double squares;
  private double largest;

  /** Counts a run; ids behind the first that differs answer another question. */
  void run(int[] expected, int[] found) {
    int at = Arrays.mismatch(expected, found);
    runs++;
    runsWithEqualIds += at < 0 ? 1 : 0;
    ids += expected.length;
    idsBeforeParting += at < 0 ? expected.length : at;
  }

  void logit(double expected, double found) {
    double error = Math.abs(expected - found);
    logits++;
    squares += error * error;
    largest = Math.max(largest, error);
  }

  int runs() {
    return runs;
  }

  void add(Deviation other) {
    runs += other.runs;
    runsWithEqualIds += other.runsWithEqualIds;
    ids += other.ids;
    idsBeforeParting += other.idsBeforeParting;
    logits += other.logits;
    squares += other.squares;
    largest = Math.max(largest, other.largest);
  }

  /** Two lines. */
  String report() {
    return "token ids: equal in %d of %d runs of the model, %.1f %% of %d ids before a run parts%n"
            .formatted(runsWithEqualIds, runs, 100.0 * idsBeforeParting / Math.max(1, ids), ids)
        + "logits after the prompt: off by %.2g root mean square, %.2g at most (%d logits)"
            .formatted(Math.sqrt(squares / Math.max(1, logits)), largest, logits);
  }
}
