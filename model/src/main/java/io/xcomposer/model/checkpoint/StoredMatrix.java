package io.xcomposer.model.checkpoint;

import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Rows of a stored tensor, a window of the file at a time. Dense, aligned tensors are mapped and
 * handed out as they lie; others are gathered into a buffer of window size.
 */
final class StoredMatrix implements WeightSource {
  /** Large enough that mapping costs nothing beside reading, small enough to stay resident. */
  static final int WINDOW_BYTES = 32 << 20;

  private final StoredTensor tensor;
  private final long out;
  private final long in;
  private final boolean mapped;
  private boolean closed;
  private Window window;
  private long windowFirst;
  private long windowCount;

  StoredMatrix(StoredTensor tensor) {
    Shape shape = tensor.shape();
    this.tensor = tensor;
    this.out = shape.rank() == 0 ? 1 : shape.size(0);
    this.in = out == 0 ? 0 : tensor.layout().elements() / out;
    this.mapped = tensor.layout().isRowMajor() && tensor.position() % tensor.dtype().bytes() == 0;
    tensor.file().sourceOpened();
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
    return tensor.dtype().weight();
  }

  @Override
  public ByteBuffer rows(long first, long count) {
    if (closed) {
      throw new IllegalStateException("the rows of " + tensor.name() + " are closed");
    }
    if (first < 0 || count < 0 || first > out - count) {
      throw new IllegalArgumentException(
          "rows " + first + " + " + count + " of " + tensor.name() + " " + tensor.shape());
    }
    long rowBytes = in * tensor.dtype().bytes();
    if (count == 0 || rowBytes == 0) {
      return ByteBuffer.allocateDirect(0).order(ByteOrder.LITTLE_ENDIAN);
    }
    if (count > Integer.MAX_VALUE / rowBytes) {
      throw new IllegalArgumentException(
          count + " rows of " + tensor.name() + " at once are more than 2 GiB");
    }
    if (window == null || first < windowFirst || first + count > windowFirst + windowCount) {
      move(first, Math.max(count, Math.min(out - first, WINDOW_BYTES / rowBytes)), rowBytes);
    }
    return window
        .bytes()
        .slice((int) ((first - windowFirst) * rowBytes), (int) (count * rowBytes))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  @Override
  public void close() {
    if (!closed) {
      closed = true;
      dropWindow();
      tensor.file().sourceClosed();
    }
  }

  private void move(long first, long count, long rowBytes) {
    dropWindow();
    int bytes = (int) (count * rowBytes);
    window =
        mapped
            ? tensor.file().map(tensor.position() + first * rowBytes, bytes)
            : new Gather(tensor).rows(first, (int) count);
    windowFirst = first;
    windowCount = count;
  }

  private void dropWindow() {
    if (window != null) {
      window.close();
      window = null;
    }
  }
}
