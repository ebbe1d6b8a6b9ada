package io.xcomposer.model.tensor;

/** Element types of tensors and stored weights, and the formats of packed weights. */
public enum DType {
  F32(4),
  F16(2),
  BF16(2),
  I32(4),
  U8(1),
  /** Packed weights only: integers of 8 bits with a scale for each output channel. */
  INT8(0),
  /**
   * Packed weights only: integers of 4 bits with a multiplier for each group of 32 inputs and a
   * scale for each output channel.
   */
  INT4(0);

  private final int bytes;

  DType(int bytes) {
    this.bytes = bytes;
  }

  /**
   * Bytes of one element.
   *
   * @throws IllegalArgumentException for a format of packed weights, which has no elements
   */
  public int bytes() {
    if (bytes == 0) {
      throw new IllegalArgumentException(this + " is a format of packed weights, not of elements");
    }
    return bytes;
  }

  /**
   * What an engine of this dtype keeps keys, values and embeddings in: F32 for F32, BF16 for the
   * speed modes.
   */
  public DType ofValues() {
    return this == F32 ? F32 : BF16;
  }
}
