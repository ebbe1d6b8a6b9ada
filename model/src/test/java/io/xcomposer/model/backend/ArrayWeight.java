package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * A weight in an array. Its one buffer is overwritten by each call, as the contract of {@link
 * WeightSource} allows, so a backend that holds on to rows is found out.
 */
final class ArrayWeight implements WeightSource {
  private final float[] elements;
  private final long out;
  private final long in;
  private final ByteBuffer buffer;

  /** elements (out, in), kept as F32. */
  ArrayWeight(float[] elements, long out, long in) {
    this.elements = elements;
    this.out = out;
    this.in = in;
    this.buffer =
        ByteBuffer.allocateDirect(elements.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
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
    return DType.F32;
  }

  @Override
  public ByteBuffer rows(long first, long count) {
    buffer.clear();
    while (buffer.hasRemaining()) {
      buffer.putFloat(Float.NaN);
    }
    buffer.clear();
    for (long i = first * in; i < (first + count) * in; i++) {
      buffer.putFloat(elements[(int) i]);
    }
    return buffer.flip();
  }
}
