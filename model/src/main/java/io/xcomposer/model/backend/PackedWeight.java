package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;

/**
 * The weight of a linear layer, laid out for one backend and dtype, with its bias. Made by {@link
 * Backend#pack}; the layout is the backend's business. Owned by who packed it.
 */
public interface PackedWeight extends AutoCloseable {
  /** Rows of the weight, the size of the output. */
  long out();

  /** Columns of the weight, the size of the input. */
  long in();

  /** The dtype that the weight is kept in. */
  DType dtype();

  /** Bytes that it takes on the device. */
  long bytes();

  @Override
  void close();
}
