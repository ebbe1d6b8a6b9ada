package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;

/**
 * A weight as numbers, (out, in) row-major: rounded to the nearest bf16 for BF16, to scaled
 * integers for INT8 and INT4, whose inputs are rounded as well.
 */
final class ReferenceWeight implements PackedWeight {
  private static final int ROWS_AT_A_TIME = 64;

  private final int out;
  private final int in;
  private final DType dtype;
  private final Tensor bias;
  private double[] elements;

  ReferenceWeight(WeightSource source, Tensor bias, DType dtype) {
    this.out = Math.toIntExact(source.out());
    this.in = Math.toIntExact(source.in());
    this.dtype = dtype;
    this.bias = bias;
    this.elements = new double[Math.multiplyExact(out, in)];
    for (int first = 0; first < out; first += ROWS_AT_A_TIME) {
      int count = Math.min(ROWS_AT_A_TIME, out - first);
      float[] rows = FloatFormats.read(source.rows(first, count), source.dtype());
      for (int row = 0; row < count; row++) {
        System.arraycopy(kept(rows, row * in), 0, elements, (first + row) * in, in);
      }
    }
  }

  /** The product W·x of one row of {@code x}, which starts at {@code offset}; in double. */
  double[] times(float[] x, int offset) {
    if (elements == null) {
      throw new IllegalArgumentException(
          "weight (" + out + ", " + in + ") is used after it was closed");
    }
    double[] input = integers() ? ReferenceIntegers.int8(x, offset, in) : wide(x, offset, false);
    double[] product = new double[out];
    for (int o = 0; o < out; o++) {
      double sum = 0;
      for (int i = 0; i < in; i++) {
        sum += elements[o * in + i] * input[i];
      }
      product[o] = sum;
    }
    return product;
  }

  private boolean integers() {
    return dtype == DType.INT8 || dtype == DType.INT4;
  }

  private double[] kept(float[] row, int offset) {
    return integers()
        ? ReferenceIntegers.kept(dtype, row, offset, in)
        : wide(row, offset, dtype == DType.BF16);
  }

  private double[] wide(float[] row, int offset, boolean bf16) {
    double[] wide = new double[in];
    for (int i = 0; i < in; i++) {
      wide[i] = bf16 ? FloatFormats.roundToBf16(row[offset + i]) : row[offset + i];
    }
    return wide;
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
    return (long) elements.length * Double.BYTES;
  }

  @Override
  public void close() {
    elements = null;
  }
}
