package io.xcomposer.model.weights;

import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.tensor.DType;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;

/** Matrices of equal width, one below the other, read as one. */
final class StackedRows implements WeightSource {
  private final List<WeightSource> parts;

  StackedRows(List<WeightSource> parts) {
    this.parts = parts;
    for (WeightSource part : parts) {
      if (part.in() != in() || part.dtype() != dtype()) {
        throw new IllegalArgumentException(
            "cannot stack "
                + part.dtype()
                + " rows of "
                + part.in()
                + " on "
                + dtype()
                + " of "
                + in());
      }
    }
  }

  @Override
  public long out() {
    return parts.stream().mapToLong(WeightSource::out).sum();
  }

  @Override
  public long in() {
    return parts.get(0).in();
  }

  @Override
  public DType dtype() {
    return parts.get(0).dtype();
  }

  @Override
  public ByteBuffer rows(long first, long count) {
    long rowBytes = in() * dtype().bytes();
    ByteBuffer rows =
        ByteBuffer.allocateDirect(Math.toIntExact(count * rowBytes)).order(ByteOrder.LITTLE_ENDIAN);
    long partStart = 0;
    for (WeightSource part : parts) {
      long from = Math.max(first, partStart);
      long to = Math.min(first + count, partStart + part.out());
      if (from < to) {
        rows.put(part.rows(from - partStart, to - from));
      }
      partStart += part.out();
    }
    return rows.flip();
  }

  @Override
  public void close() {
    parts.forEach(WeightSource::close);
  }
}
