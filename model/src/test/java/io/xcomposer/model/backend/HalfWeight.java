package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** A weight given as the 16-bit patterns of F16 or BF16 elements, (out, in). */
record HalfWeight(short[] bits, long out, long in, DType dtype) implements WeightSource {
  @Override
  public ByteBuffer rows(long first, long count) {
    ByteBuffer rows =
        ByteBuffer.allocateDirect((int) (count * in * Short.BYTES)).order(ByteOrder.LITTLE_ENDIAN);
    for (long i = first * in; i < (first + count) * in; i++) {
      rows.putShort(bits[(int) i]);
    }
    return rows.flip();
  }
}
