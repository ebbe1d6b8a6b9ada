package io.xcomposer.model.tensor;

/**
 * A dense, row-major tensor on a device: a window into a {@link Storage}.
 *
 * <p>The tensor that {@code Backend.allocate} returned owns its storage and {@link #close} frees
 * it. Views ({@link #rows}, {@link #reshape}) share the storage, must not outlive their owner and
 * closing them does nothing.
 */
public final class Tensor implements AutoCloseable {
  private final Storage storage;
  private final long byteOffset;
  private final DType dtype;
  private final Shape shape;
  private final boolean owner;

  private Tensor(Storage storage, long byteOffset, DType dtype, Shape shape, boolean owner) {
    long end = Math.addExact(byteOffset, Math.multiplyExact(shape.elements(), dtype.bytes()));
    if (byteOffset < 0 || end > storage.bytes()) {
      throw new IllegalArgumentException(
          "tensor "
              + shape
              + " "
              + dtype
              + " at byte "
              + byteOffset
              + " does not fit a storage of "
              + storage.bytes()
              + " bytes");
    }
    this.storage = storage;
    this.byteOffset = byteOffset;
    this.dtype = dtype;
    this.shape = shape;
    this.owner = owner;
  }

  /** A tensor that owns {@code storage} from its first byte. */
  public static Tensor owning(Storage storage, DType dtype, Shape shape) {
    return new Tensor(storage, 0, dtype, shape, true);
  }

  public DType dtype() {
    return dtype;
  }

  public Shape shape() {
    return shape;
  }

  /** Address of the first element on the device. */
  public long address() {
    return storage.address() + byteOffset;
  }

  public long bytes() {
    return shape.elements() * dtype.bytes();
  }

  /** View of {@code count} entries of the outermost axis, from {@code first} on. */
  public Tensor rows(long first, long count) {
    if (first < 0 || count < 0 || count > shape.size(0) - first) {
      throw new IllegalArgumentException(
          count + " rows from " + first + " on are outside of " + shape);
    }
    long[] sizes = shape.toArray();
    sizes[0] = count;
    long rowBytes = shape.size(0) == 0 ? 0 : bytes() / shape.size(0);
    return new Tensor(storage, byteOffset + first * rowBytes, dtype, Shape.of(sizes), false);
  }

  /** View of other elements in the same storage, from {@code byteOffset} of this tensor on. */
  public Tensor window(long byteOffset, DType dtype, Shape shape) {
    return new Tensor(storage, Math.addExact(this.byteOffset, byteOffset), dtype, shape, false);
  }

  /** View of the same elements with other sizes. */
  public Tensor reshape(long... sizes) {
    Shape other = Shape.of(sizes);
    if (other.elements() != shape.elements()) {
      throw new IllegalArgumentException("cannot view " + shape + " as " + other);
    }
    return new Tensor(storage, byteOffset, dtype, other, false);
  }

  @Override
  public void close() {
    if (owner) {
      storage.close();
    }
  }

  @Override
  public String toString() {
    return dtype + shape.toString();
  }
}
