package io.xcomposer.model.weights;

import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.tensor.Shape;

/** Named tensors, as a checkpoint holds them. */
public interface WeightStore {
  /** The stored shape of a tensor that the tensor table has checked. */
  Shape shape(String name);

  /** The tensor as rows: its first axis is {@code out}, all others together are {@code in}. */
  WeightSource matrix(String name);
}
