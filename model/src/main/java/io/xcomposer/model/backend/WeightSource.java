package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import java.nio.ByteBuffer;

/**
 * Rows of a stored (out, in) matrix, read piece by piece so that packing never holds a whole tensor
 * twice. Little-endian, row-major. Implementations read from the memory-mapped checkpoint.
 */
public interface WeightSource extends AutoCloseable {
  long out();

  long in();

  /** F32, F16 or BF16. */
  DType dtype();

  /**
   * {@code count} rows from {@code first} on.
   *
   * @return a direct buffer of {@code count * in * dtype.bytes()} bytes, position 0; valid until
   *     the next call on this source
   */
  ByteBuffer rows(long first, long count);

  /**
   * Gives back what the source holds, such as mapped pages; its buffers are invalid from then on.
   */
  @Override
  default void close() {}
}
