package io.xcomposer.model.image;

/**
 * The triangle filter of one axis as fixed-point weights: output x is {@code Σ weights[x·size + k]
 * · input[first[x] + k]}, k below {@code count[x]} (model-spec 4.3).
 *
 * @param size weights reserved per output
 * @param first (out) first input of each output
 * @param count (out) inputs of each output
 * @param weights (out, size) in units of 2^-22
 */
record FilterTaps(int size, int[] first, int[] count, int[] weights) {
  static final int PRECISION = 22;

  /** Half a unit of the result, added before the shift. */
  static final int HALF = 1 << (PRECISION - 1);

  static FilterTaps between(int inputs, int outputs) {
    double scale = (double) inputs / outputs;
    double support = Math.max(scale, 1);
    double inverse = 1 / support;
    int size = (int) Math.ceil(support) * 2 + 1;
    int[] first = new int[outputs];
    int[] count = new int[outputs];
    int[] weights = new int[Math.multiplyExact(outputs, size)];
    double[] row = new double[size];
    for (int x = 0; x < outputs; x++) {
      double center = (x + 0.5) * scale;
      int low = Math.max(0, (int) (center - support + 0.5));
      int taps = Math.min(inputs, (int) (center + support + 0.5)) - low;
      double sum = 0;
      for (int k = 0; k < taps; k++) {
        row[k] = Math.max(0, 1 - Math.abs((k + low - center + 0.5) * inverse));
        sum += row[k];
      }
      for (int k = 0; k < taps; k++) {
        weights[x * size + k] = (int) (0.5 + row[k] / sum * (1 << PRECISION));
      }
      first[x] = low;
      count[x] = taps;
    }
    return new FilterTaps(size, first, count, weights);
  }
}
