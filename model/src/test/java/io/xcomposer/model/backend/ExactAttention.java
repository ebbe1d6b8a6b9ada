package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.Tolerance.FUNCTION;
import static io.xcomposer.model.backend.Tolerance.UNIT;

import java.util.ArrayList;
import java.util.List;

/** The keys and values of one head in double, what a query gets of them, and how nearly. */
final class ExactAttention {
  private final int headDim;
  private final double scale;
  private final List<double[]> keys = new ArrayList<>();
  private final List<double[]> values = new ArrayList<>();

  ExactAttention(int headDim, double scale) {
    this.headDim = headDim;
    this.scale = scale;
  }

  /** A head with the same past, to go on by itself. */
  ExactAttention fork() {
    ExactAttention copy = new ExactAttention(headDim, scale);
    copy.keys.addAll(keys);
    copy.values.addAll(values);
    return copy;
  }

  void append(double[] key, double[] value) {
    keys.add(key);
    values.add(value);
  }

  /**
   * An output row.
   *
   * @param value (D)
   * @param spread (D): Σ p·|v|, what relative errors of the probabilities are relative to
   * @param scoreMagnitude the largest Σ |q·k| behind a score, scaled
   * @param range largest score minus the smallest
   * @param visible number of keys
   */
  record Row(double[] value, double[] spread, double scoreMagnitude, double range, int visible) {
    /**
     * What float may lose, given keys and values that are off by {@code storedUnit} relatively. An
     * error of a score is a relative error of its probability and, through the sum, of all others:
     * it counts twice. So do the roundings of exp's exponent, as many units as its size. Then come
     * the sums of the probabilities and of the values.
     */
    double[] bound(double storedUnit) {
      double score =
          scoreMagnitude * (Tolerance.sum(value.length) + 4 * UNIT + storedUnit)
              + Math.min(range, 104) * 2 * UNIT;
      double relative =
          Math.expm1(2 * score) + 2 * Tolerance.sum(2.0 * visible) + 2 * FUNCTION + storedUnit;
      double[] bound = new double[value.length];
      for (int d = 0; d < bound.length; d++) {
        bound[d] = relative * spread[d] + Tolerance.UNDERFLOW;
      }
      return bound;
    }
  }

  /** What {@code query} gets of the first {@code visible} keys. */
  Row row(double[] query, int visible) {
    double[] scores = new double[visible];
    double magnitude = 0;
    double max = Double.NEGATIVE_INFINITY;
    double min = Double.POSITIVE_INFINITY;
    for (int p = 0; p < visible; p++) {
      double size = 0;
      for (int d = 0; d < headDim; d++) {
        scores[p] += scale * query[d] * keys.get(p)[d];
        size += scale * Math.abs(query[d] * keys.get(p)[d]);
      }
      magnitude = Math.max(magnitude, size);
      max = Math.max(max, scores[p]);
      min = Math.min(min, scores[p]);
    }
    double sum = 0;
    for (double score : scores) {
      sum += Math.exp(score - max);
    }
    double[] value = new double[headDim];
    double[] spread = new double[headDim];
    for (int p = 0; p < visible; p++) {
      double probability = Math.exp(scores[p] - max) / sum;
      for (int d = 0; d < headDim; d++) {
        value[d] += probability * values.get(p)[d];
        spread[d] += probability * Math.abs(values.get(p)[d]);
      }
    }
    return new Row(value, spread, magnitude, max - min, visible);
  }
}
