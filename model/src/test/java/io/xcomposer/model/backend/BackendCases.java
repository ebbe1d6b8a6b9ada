package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.Shape;
import java.util.Random;
import org.assertj.core.api.Assertions;
import org.assertj.core.api.ThrowableAssert.ThrowingCallable;

/** What the cases of every family of operations stand on. */
interface BackendCases {
  /** Arrays on the backend under test. */
  DeviceArrays arrays();

  default Backend backend() {
    return arrays().backend();
  }

  /**
   * Relative error that a backend may give to the operands of an attention in BF16; 0 where it
   * keeps them in float.
   */
  default double bf16OperandUnit() {
    return 0;
  }

  /** Normally distributed numbers, the same for the same seed. */
  static float[] gaussians(long seed, long count) {
    Random random = new Random(seed);
    float[] elements = new float[Math.toIntExact(count)];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) random.nextGaussian();
    }
    return elements;
  }

  /** {@link #gaussians}, rounded to bf16, so that keeping them in bf16 loses nothing. */
  static float[] bf16Gaussians(long seed, long count) {
    float[] elements = gaussians(seed, count);
    for (int i = 0; i < elements.length; i++) {
      elements[i] = FloatFormats.roundToBf16(elements[i]);
    }
    return elements;
  }

  /** The call is refused with the operation and the sizes of the operand that does not fit. */
  static void assertRefused(String operation, Shape misfit, ThrowingCallable call) {
    Assertions.assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(operation)
        .hasMessageContaining(misfit.toString());
  }

  /** The call is refused with the operation and the value that is not allowed. */
  static void assertRefused(String operation, Object value, ThrowingCallable call) {
    Assertions.assertThatThrownBy(call)
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith(operation)
        .hasMessageContaining(String.valueOf(value));
  }
}
