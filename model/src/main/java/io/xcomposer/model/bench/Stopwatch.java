package io.xcomposer.model.bench;

import java.util.Arrays;

/** Times a piece of work: once to warm up, then several times; the median counts. */
final class Stopwatch {
  private static final int MIN_RUNS = 3;
  private static final int MAX_RUNS = 50;

  private final double secondsEach;

  /**
   * A stopwatch for several pieces of work.
   *
   * @param secondsEach time to spend on a piece of work, in seconds; it runs three times at least
   */
  Stopwatch(double secondsEach) {
    this.secondsEach = secondsEach;
  }

  /** Median seconds of one run. */
  double median(Runnable work) {
    work.run();
    double[] seconds = new double[MAX_RUNS];
    int runs = 0;
    double total = 0;
    while (runs < MIN_RUNS || (total < secondsEach && runs < MAX_RUNS)) {
      long start = System.nanoTime();
      work.run();
      seconds[runs] = (System.nanoTime() - start) / 1e9;
      total += seconds[runs++];
    }
    Arrays.sort(seconds, 0, runs);
    return seconds[runs / 2];
  }
}
