package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;

/** A weight as floats, (out, in) row-major; of BF16 each is rounded to the nearest bf16. */
final class ReferenceWeight implements PackedWeight {
  private static final int ROWS_AT_A_TIME = 64;

  private final int out;
  private final int in;
  private final DType dtype;
  private final Tensor bias;
  private float[] elements;

  ReferenceWeight(WeightSource source, Tensor bias, DType dtype) {
    this.out = Math.toIntExact(source.out());
    this.in = Math.toIntExact(source.in());
    this.dtype = dtype;
    this.bias = bias;
    this.elements = new float[Math.multiplyExact(out, in)];
    for (int first = 0; first < out; first += ROWS_AT_A_TIME) {
      int count = Math.min(ROWS_AT_A_TIME, out - first);
      float[] rows = FloatFormats.read(source.rows(first, count), source.dtype());
      for (int i = 0; i < count * in; i++) {
        elements[first * in + i] =
            dtype == DType.BF16 ? FloatFormats.roundToBf16(rows[i]) : rows[i];
      }
    }
  }

  /** The product W·x of one row of {@code x}, which starts at {@code offset}; in double. */
  double[] times(float[] x, int offset) {
    if (elements == null) {
      throw new IllegalArgumentException(
          "weight (" + out + ", " + in + ") is used after it was closed");
    }
    double[] product = new double[out];
    for (int o = 0; o < out; o++) {
      double sum = 0;
      for (int i = 0; i < in; i++) {
        sum += (double) elements[o * in + i] * x[offset + i];
      }
      product[o] = sum;
    }
    return product;
  }

  /** (out) or null. */
  Tensor bias() {
    return bias;
  }

  @Override
  public long out() {
    return out;
  }

  @Override
  public long in() {
    return in;
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public long bytes() {
    return (long) out * in * dtype.bytes();
  }

  @Override
  public void close() {
    elements = null;
  }
}
