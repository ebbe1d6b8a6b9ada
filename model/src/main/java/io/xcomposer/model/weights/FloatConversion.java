package io.xcomposer.model.weights;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.FloatBits;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Rewrites floating-point elements in another type; to BF16 by rounding to nearest even. */
final class FloatConversion {
  private FloatConversion() {}

  /** Converts what remains in {@code source} and puts it to {@code target}, both little-endian. */
  static void convert(ByteBuffer source, DType from, ByteBuffer target, DType to) {
    if (from == to) {
      target.put(source);
      return;
    }
    ByteBuffer elements = source.order(ByteOrder.LITTLE_ENDIAN);
    while (elements.hasRemaining()) {
      write(target, to, read(elements, from));
    }
  }

  private static float read(ByteBuffer source, DType dtype) {
    return switch (dtype) {
      case F32 -> source.getFloat();
      case BF16 -> FloatBits.bf16ToFloat(source.getShort());
      case F16 -> FloatBits.halfToFloat(source.getShort());
      default -> throw new IllegalArgumentException(dtype + " is no weight type");
    };
  }

  private static void write(ByteBuffer target, DType dtype, float value) {
    switch (dtype) {
      case F32 -> target.putFloat(value);
      case BF16 -> target.putShort(FloatBits.floatToBf16(value));
      default -> throw new IllegalArgumentException("weights are not kept in " + dtype);
    }
  }
}
