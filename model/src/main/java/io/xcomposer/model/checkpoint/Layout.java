package io.xcomposer.model.checkpoint;

import io.xcomposer.model.tensor.Shape;
import java.util.Arrays;
import java.util.Comparator;
import java.util.stream.IntStream;

/**
 * Where the elements of a tensor lie in its storage: element (i, j, …) is {@code i·strides[0] +
 * j·strides[1] + …} elements behind the first. Views of torch (transposed, sliced) have any
 * strides; here no two elements share a place, so a tensor never has more elements than its
 * storage.
 */
final class Layout {
  /** More axes than any tensor of the family has. */
  static final int MAX_RANK = 8;

  private final Shape shape;
  private final long[] strides;
  private final long elements;
  private final long span;

  private Layout(Shape shape, long[] strides) {
    this.shape = shape;
    this.strides = strides;
    this.elements = shape.elements();
    this.span = span(shape, strides);
  }

  /**
   * Row-major.
   *
   * @throws IllegalArgumentException for a rank above {@link #MAX_RANK} or a negative size
   * @throws ArithmeticException for more than 2^63 - 1 elements
   */
  static Layout rowMajor(long... sizes) {
    long[] strides = new long[sizes.length];
    long stride = 1;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      strides[axis] = stride;
      stride = Math.multiplyExact(stride, Math.max(1, sizes[axis]));
    }
    return strided(sizes, strides);
  }

  /**
   * Any strides.
   *
   * @throws IllegalArgumentException as above, and for negative or overlapping strides
   * @throws ArithmeticException when an offset does not fit 63 bits
   */
  static Layout strided(long[] sizes, long[] strides) {
    if (sizes.length != strides.length) {
      throw new IllegalArgumentException(
          sizes.length + " sizes but " + strides.length + " strides");
    }
    if (sizes.length > MAX_RANK) {
      throw new IllegalArgumentException("more than " + MAX_RANK + " axes");
    }
    Layout layout = new Layout(Shape.of(sizes), strides.clone());
    layout.requireDisjoint();
    return layout;
  }

  Shape shape() {
    return shape;
  }

  long stride(int axis) {
    return strides[axis];
  }

  long elements() {
    return elements;
  }

  /** Elements of the storage from the first of the tensor to its last, both included. */
  long span() {
    return span;
  }

  /** Whether the elements lie in row-major order without gaps. */
  boolean isRowMajor() {
    long expected = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      if (shape.size(axis) > 1 && strides[axis] != expected) {
        return false;
      }
      expected *= shape.size(axis);
    }
    return true;
  }

  /** Axes with more than one entry, in the order of the storage: the widest stride first. */
  int[] axesByStride() {
    return IntStream.range(0, strides.length)
        .filter(axis -> shape.size(axis) > 1)
        .boxed()
        .sorted(Comparator.comparing((Integer axis) -> strides[axis]).reversed())
        .mapToInt(Integer::intValue)
        .toArray();
  }

  private void requireDisjoint() {
    if (elements == 0) {
      return;
    }
    long covered = 0;
    int[] axes = axesByStride();
    for (int i = axes.length - 1; i >= 0; i--) {
      if (strides[axes[i]] <= covered) {
        throw new IllegalArgumentException(
            "strides " + Arrays.toString(strides) + " let elements of " + shape + " overlap");
      }
      covered += (shape.size(axes[i]) - 1) * strides[axes[i]];
    }
  }

  private static long span(Shape shape, long[] strides) {
    long last = 0;
    boolean empty = false;
    for (int axis = 0; axis < strides.length; axis++) {
      if (strides[axis] < 0) {
        throw new IllegalArgumentException("negative stride in " + Arrays.toString(strides));
      }
      empty |= shape.size(axis) == 0;
      long steps = Math.max(0, shape.size(axis) - 1);
      last = Math.addExact(last, Math.multiplyExact(steps, strides[axis]));
    }
    return empty ? 0 : Math.addExact(last, 1);
  }
}
