package io.xcomposer.model.checkpoint;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.FloatBits;
import java.nio.ByteBuffer;

/**
 * Element types that a file may hold. Only the first three can be weights; the others are read past
 * where a checkpoint carries tensors that the model does not use.
 */
public enum StoredDType {
  F32(4, DType.F32),
  F16(2, DType.F16),
  BF16(2, DType.BF16),
  F64(8, null),
  I64(8, null),
  I32(4, null),
  I16(2, null),
  I8(1, null),
  U64(8, null),
  U32(4, null),
  U16(2, null),
  U8(1, null),
  BOOL(1, null),
  F8_E4M3(1, null),
  F8_E5M2(1, null);

  private final int bytes;
  private final DType weight;

  StoredDType(int bytes, DType weight) {
    this.bytes = bytes;
    this.weight = weight;
  }

  /** Bytes of one element. */
  public int bytes() {
    return bytes;
  }

  /** Whether weights may have this type. */
  public boolean isWeight() {
    return weight != null;
  }

  /** Whether F32 holds all its values. */
  boolean widens() {
    return isWeight() || this == U8;
  }

  /** The type for the model, null where {@link #isWeight} is false. */
  DType weight() {
    return weight;
  }

  /** Element {@code index} of little-endian {@code data}, widened exactly. */
  float widen(ByteBuffer data, int index) {
    return switch (this) {
      case F32 -> data.getFloat(4 * index);
      case BF16 -> FloatBits.bf16ToFloat(data.getShort(2 * index));
      case F16 -> FloatBits.halfToFloat(data.getShort(2 * index));
      case U8 -> data.get(index) & 255;
      default -> throw new IllegalStateException(this + " is not widened");
    };
  }
}
