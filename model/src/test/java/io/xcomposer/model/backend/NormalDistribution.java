package io.xcomposer.model.backend;

/** The standard normal distribution, to double precision. */
final class NormalDistribution {
  private static final double SQRT_TWO_PI = 2.5066282746310002;
  private static final double FAR = 9;

  private NormalDistribution() {}

  /**
   * Φ(x), by {@code 1/2 + φ(x)·(x + x³/3 + x⁵/(3·5) + …)}: terms of one sign, so nothing cancels
   * but 1/2 itself, and the error is about 1e-16. Beyond 9 the rest is below that.
   */
  static double cumulative(double x) {
    if (Double.isNaN(x) || Math.abs(x) > FAR) {
      return Double.isNaN(x) ? x : x > 0 ? 1 : 0;
    }
    double term = x;
    double sum = x;
    for (int n = 3; Math.abs(term) > Math.abs(sum) * 1e-17; n += 2) {
      term *= x * x / n;
      sum += term;
    }
    return 0.5 + sum * Math.exp(-x * x / 2) / SQRT_TWO_PI;
  }
}
