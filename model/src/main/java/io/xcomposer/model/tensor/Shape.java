package io.xcomposer.model.tensor;

import java.util.Arrays;

/** Sizes of a tensor, outermost first. Immutable; no size is negative. */
public final class Shape {
  private final long[] sizes;

  private Shape(long[] sizes) {
    for (long size : sizes) {
      if (size < 0) {
        throw new IllegalArgumentException("negative size in shape " + Arrays.toString(sizes));
      }
    }
    this.sizes = sizes;
  }

  public static Shape of(long... sizes) {
    return new Shape(sizes.clone());
  }

  public int rank() {
    return sizes.length;
  }

  /** The size of an axis; negative axes count from the end (-1 is the innermost). */
  public long size(int axis) {
    return sizes[axis < 0 ? sizes.length + axis : axis];
  }

  /**
   * Number of elements.
   *
   * @throws ArithmeticException when the product does not fit 63 bits
   */
  public long elements() {
    long product = 1;
    for (long size : sizes) {
      product = Math.multiplyExact(product, size);
    }
    return product;
  }

  public long[] toArray() {
    return sizes.clone();
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Shape shape && Arrays.equals(sizes, shape.sizes);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(sizes);
  }

  /** Sizes as in {@code (7, 4096)}. */
  @Override
  public String toString() {
    String joined = Arrays.toString(sizes);
    return "(" + joined.substring(1, joined.length() - 1) + ")";
  }
}
