package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Conversions between float and the 16-bit formats, bit by bit. */
final class FloatFormats {
  private FloatFormats() {}

  /** The bf16 nearest to {@code value}, ties to even, as its 16 bits. */
  static short toBf16(float value) {
    int bits = Float.floatToRawIntBits(value);
    if (Float.isNaN(value)) {
      return (short) ((bits >>> 16) | 0x40);
    }
    int lastKeptBit = (bits >>> 16) & 1;
    return (short) ((bits + 0x7FFF + lastKeptBit) >>> 16);
  }

  static float fromBf16(short bits) {
    return Float.intBitsToFloat(bits << 16);
  }

  /** {@code value} after a trip through bf16. */
  static float roundToBf16(float value) {
    return fromBf16(toBf16(value));
  }

  /** Exact: every IEEE half is a float. */
  static float fromF16(short bits) {
    int sign = (bits & 0x8000) << 16;
    int exponent = (bits >>> 10) & 0x1F;
    int fraction = bits & 0x3FF;
    if (exponent == 0) {
      float magnitude = fraction * 0x1p-24f;
      return sign == 0 ? magnitude : -magnitude;
    }
    int wide = exponent == 0x1F ? 0xFF : exponent - 15 + 127;
    return Float.intBitsToFloat(sign | (wide << 23) | (fraction << 13));
  }

  /** All remaining elements of a little-endian buffer as floats; exact. */
  static float[] read(ByteBuffer source, DType dtype) {
    ByteBuffer bytes = source.slice().order(ByteOrder.LITTLE_ENDIAN);
    float[] elements = new float[bytes.remaining() / dtype.bytes()];
    for (int i = 0; i < elements.length; i++) {
      elements[i] =
          switch (dtype) {
            case F32 -> bytes.getFloat();
            case BF16 -> fromBf16(bytes.getShort());
            case F16 -> fromF16(bytes.getShort());
            case I32, U8, INT8, INT4 ->
                throw new IllegalArgumentException(dtype + " is no float format");
          };
    }
    return elements;
  }
}
