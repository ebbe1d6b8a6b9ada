package io.xcomposer.model.generate;

import io.xcomposer.model.Answer.Confidence;

/**
 * The log-probabilities of a sequence's new tokens so far, as much of them as a {@link Confidence}
 * needs. Immutable; {@link #with} makes that of a longer sequence.
 *
 * @param tokens how many
 * @param sum of their natural logarithms
 * @param lowest of their natural logarithms
 */
record Certainty(int tokens, double sum, double lowest) {
  /** Of no tokens. */
  static final Certainty NONE = new Certainty(0, 0, 0);

  /**
   * With one more token.
   *
   * @param logProbability natural; what rounding lifts above 0 is 0, and NaN is the probability 0
   */
  Certainty with(double logProbability) {
    double log =
        Double.isNaN(logProbability) ? Double.NEGATIVE_INFINITY : Math.min(0, logProbability);
    return new Certainty(tokens + 1, sum + log, Math.min(lowest, log));
  }

  Confidence confidence() {
    double mean = tokens == 0 ? 0 : sum / tokens;
    return new Confidence(Math.exp(mean), Math.exp(lowest));
  }
}
