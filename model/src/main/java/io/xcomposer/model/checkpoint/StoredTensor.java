package io.xcomposer.model.checkpoint;

import io.xcomposer.model.Errors;
import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.tensor.Shape;
import java.nio.ByteBuffer;
import java.security.MessageDigest;

/**
 * One tensor of a checkpoint: where it lies and how it is read. Its place in the file is checked.
 */
public final class StoredTensor {
  /** Tensors that are held as a whole are norms, biases, separators and positions. */
  private static final long MAX_FLOATS = 1L << 24;

  private static final int SAMPLE_BYTES = 4096;

  private final String name;
  private final DataFile file;
  private final StoredDType dtype;
  private final Layout layout;
  private final long position;

  /**
   * A tensor whose first element is at byte {@code position} of {@code file}.
   *
   * @throws IllegalArgumentException when its elements are not all inside the file
   * @throws ArithmeticException when a byte offset does not fit 63 bits
   */
  StoredTensor(String name, DataFile file, StoredDType dtype, Layout layout, long position) {
    long end = Math.addExact(position, Math.multiplyExact(layout.span(), dtype.bytes()));
    if (position < 0 || end > file.size()) {
      throw new IllegalArgumentException(
          "bytes " + position + ".." + end + " are outside of the file");
    }
    Math.multiplyExact(layout.elements(), dtype.bytes());
    this.name = name;
    this.file = file;
    this.dtype = dtype;
    this.layout = layout;
    this.position = position;
  }

  public String name() {
    return name;
  }

  /** Name of the file that holds it. */
  public String fileName() {
    return file.name();
  }

  public StoredDType dtype() {
    return dtype;
  }

  public Shape shape() {
    return layout.shape();
  }

  /** Bytes of its elements. */
  public long bytes() {
    return layout.elements() * dtype.bytes();
  }

  /**
   * Its rows, streamed: rank 2 as it is, other ranks as (size 0, product of the rest), rank 0 as
   * (1, 1). Nothing is read yet. Tensors of any size.
   *
   * @return close it to give its pages back; for use by one thread
   * @throws io.xcomposer.model.XComposerException CHECKPOINT for a dtype that no weight has
   */
  public WeightSource matrix() {
    requireWeight();
    return new StoredMatrix(this);
  }

  /**
   * All elements, row-major, widened exactly to F32.
   *
   * @throws io.xcomposer.model.XComposerException CHECKPOINT for a dtype that no weight has, or
   *     more than 2^24 elements
   */
  public float[] floats() {
    if (!dtype.widens()) {
      requireWeight();
    }
    if (layout.elements() > MAX_FLOATS) {
      throw Errors.checkpoint(
          file.name(),
          "tensor " + name + " " + shape() + " has more than " + MAX_FLOATS + " elements",
          "use a checkpoint with the shapes of model and config");
    }
    float[] values = new float[(int) layout.elements()];
    try (StoredMatrix matrix = new StoredMatrix(this)) {
      ByteBuffer rows = matrix.rows(0, matrix.out());
      for (int i = 0; i < values.length; i++) {
        values[i] = dtype.widen(rows, i);
      }
    }
    return values;
  }

  /** Adds up to 12 KiB of its stored bytes, from begin, middle and end, to a digest. */
  void sample(MessageDigest digest) {
    long stored = layout.span() * dtype.bytes();
    int length = (int) Math.min(SAMPLE_BYTES, stored);
    digest.update(file.read(position, length));
    if (stored > length) {
      digest.update(file.read(position + (stored - length) / 2, length));
      digest.update(file.read(position + stored - length, length));
    }
  }

  DataFile file() {
    return file;
  }

  Layout layout() {
    return layout;
  }

  long position() {
    return position;
  }

  private void requireWeight() {
    if (!dtype.isWeight()) {
      throw Errors.checkpoint(
          file.name(),
          "tensor " + name + " is stored as " + dtype + ", which no weight of the model has",
          "store it as BF16, F16 or F32");
    }
  }
}
