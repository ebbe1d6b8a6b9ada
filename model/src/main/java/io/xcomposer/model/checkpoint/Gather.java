package io.xcomposer.model.checkpoint;

import java.nio.ByteBuffer;

/**
 * Brings rows of a tensor with any strides into row-major order. The storage is walked in its own
 * order, so mapped windows only move forward, however the rows lie across it.
 */
final class Gather {
  private final StoredTensor tensor;
  private final int[] axes;
  private final int elementBytes;
  private final long end;
  private Window source;
  private long sourceStart;

  Gather(StoredTensor tensor) {
    this.tensor = tensor;
    this.axes = tensor.layout().axesByStride();
    this.elementBytes = tensor.dtype().bytes();
    this.end = tensor.position() + tensor.layout().span() * elementBytes;
  }

  /**
   * Rows {@code first ..} of the outermost axis, row-major; the caller closes the window. At most 2
   * GiB.
   */
  Window rows(long first, int count) {
    long[] sizes = tensor.shape().toArray();
    long firstByte = tensor.position();
    if (sizes.length > 0) {
      sizes[0] = count;
      firstByte += first * tensor.layout().stride(0) * elementBytes;
    }
    Window target = Window.allocate(bytes(sizes));
    boolean done = false;
    try {
      walk(firstByte, sizes, target.bytes());
      done = true;
      return target;
    } finally {
      dropSource();
      if (!done) {
        target.close();
      }
    }
  }

  private int bytes(long[] sizes) {
    long elements = elementBytes;
    for (long size : sizes) {
      elements = Math.multiplyExact(elements, size);
    }
    return Math.toIntExact(elements);
  }

  /** Counts through all indices, innermost the axis with the smallest stride. */
  private void walk(long firstByte, long[] sizes, ByteBuffer target) {
    long[] targetStrides = new long[sizes.length];
    long stride = elementBytes;
    for (int axis = sizes.length - 1; axis >= 0; axis--) {
      targetStrides[axis] = stride;
      stride *= sizes[axis];
    }
    long[] index = new long[axes.length];
    long from = firstByte;
    long to = 0;
    while (true) {
      copy(from, target, (int) to);
      int level = axes.length - 1;
      while (level >= 0 && ++index[level] == sizes[axes[level]]) {
        from -= (index[level] - 1) * tensor.layout().stride(axes[level]) * elementBytes;
        to -= (index[level] - 1) * targetStrides[axes[level]];
        index[level] = 0;
        level--;
      }
      if (level < 0) {
        return;
      }
      from += tensor.layout().stride(axes[level]) * elementBytes;
      to += targetStrides[axes[level]];
    }
  }

  private void copy(long from, ByteBuffer target, int to) {
    if (source == null
        || from < sourceStart
        || from + elementBytes > sourceStart + source.bytes().capacity()) {
      dropSource();
      sourceStart = from;
      source = tensor.file().map(from, (int) Math.min(StoredMatrix.WINDOW_BYTES, end - from));
    }
    int at = (int) (from - sourceStart);
    if (elementBytes == 2) {
      target.putShort(to, source.bytes().getShort(at));
    } else {
      target.putInt(to, source.bytes().getInt(at));
    }
  }

  private void dropSource() {
    if (source != null) {
      source.close();
      source = null;
    }
  }
}
