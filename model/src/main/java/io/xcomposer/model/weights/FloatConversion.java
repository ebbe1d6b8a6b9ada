package io.xcomposer.model.weights;

import io.xcomposer.model.tensor.DType;
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
      case BF16 -> Float.intBitsToFloat(source.getShort() << 16);
      case F16 -> halfToFloat(source.getShort());
      default -> throw new IllegalArgumentException(dtype + " is no weight type");
    };
  }

  private static void write(ByteBuffer target, DType dtype, float value) {
    switch (dtype) {
      case F32 -> target.putFloat(value);
      case BF16 -> target.putShort(floatToBf16(value));
      default -> throw new IllegalArgumentException("weights are not kept in " + dtype);
    }
  }

  static short floatToBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    return (short) ((bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16);
  }

  /** IEEE half precision; Java 17 has no conversion of its own. */
  static float halfToFloat(short half) {
    int sign = (half & 0x8000) << 16;
    int exponent = (half >>> 10) & 0x1f;
    int mantissa = half & 0x3ff;
    if (exponent == 0) {
      float magnitude = mantissa * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1f ? 0xff : exponent + 112;
    return Float.intBitsToFloat(sign | (wide << 23) | (mantissa << 13));
  }
}
