package io.xcomposer.model.backend;

import static org.assertj.core.api.Assertions.assertThat;

/**
 * How far a float result may be from one in exact arithmetic, derived and not guessed. A test
 * computes its expectation in double from the floats that it uploaded, so that the expectation's
 * own error does not count, and adds up what float arithmetic may lose on the way.
 */
final class Tolerance {
  /** Largest relative error of rounding to float. */
  static final double UNIT = 0x1p-24;

  /** Largest relative error of rounding to bf16, which has 8 significant bits. */
  static final double BF16_UNIT = 0x1p-8;

  /**
   * What a function such as exp, erf or 1/sqrt may be off by in float, relatively: two units in the
   * last place, and the few operations around it.
   */
  static final double FUNCTION = 8 * UNIT;

  /** Results this small may be flushed to zero. */
  static final double UNDERFLOW = 1e-30;

  private Tolerance() {}

  /**
   * Relative to the sum of magnitudes, what a sum of {@code terms} products may lose in float in
   * any order: at most one unit a term, and for many terms four standard deviations of independent
   * roundings, which grow with the root.
   */
  static double sum(double terms) {
    return Math.min(terms + 2, 8 + 4 * Math.sqrt(terms)) * UNIT;
  }

  /** Holds {@code actual} to {@code expected} within an absolute bound. */
  static void assertNear(String what, float actual, double expected, double bound) {
    if (!(Math.abs(actual - expected) <= bound)) {
      assertThat(actual)
          .withFailMessage("%s is %s, not %s within %s", what, actual, expected, bound)
          .isNull();
    }
  }
}
