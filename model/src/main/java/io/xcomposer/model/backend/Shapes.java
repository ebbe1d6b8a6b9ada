package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;

/** Checks of tensors before a kernel: what fails names the operation and both sides. */
final class Shapes {
  private Shapes() {}

  static void require(boolean fits, String operation, Object left, Object right) {
    if (!fits) {
      throw new IllegalArgumentException(operation + ": " + left + " does not fit " + right);
    }
  }

  /** F32 of exactly these sizes. */
  static void requireF32(String operation, Tensor tensor, long... sizes) {
    Shape wanted = Shape.of(sizes);
    require(
        tensor.dtype() == DType.F32 && tensor.shape().equals(wanted),
        operation,
        tensor,
        DType.F32 + wanted.toString());
  }

  /** Both F32 and of one shape. */
  static void requireSame(String operation, Tensor a, Tensor b) {
    require(
        a.dtype() == DType.F32 && b.dtype() == DType.F32 && a.shape().equals(b.shape()),
        operation,
        a,
        b);
  }

  /** N of an F32 (N, width), where N may be several axes. */
  static long rows(String operation, Tensor tensor, long width) {
    Shape shape = tensor.shape();
    require(
        tensor.dtype() == DType.F32 && shape.rank() >= 1 && shape.size(-1) == width && width > 0,
        operation,
        tensor,
        "F32(…, " + width + ")");
    return shape.elements() / width;
  }

  /** Elements of an F32 tensor. */
  static long elements(String operation, Tensor x) {
    require(x.dtype() == DType.F32, operation, x, DType.F32);
    return x.shape().elements();
  }

  /** Elements of two F32 tensors of one shape. */
  static long sameElements(String operation, Tensor x, Tensor y) {
    requireSame(operation, x, y);
    return x.shape().elements();
  }
}
