package io.xcomposer.model;

import io.xcomposer.model.tensor.Tensor;

/**
 * Sees the intermediate tensors of a request by the names of the golden data. A stage that runs in
 * pieces (views, prompt chunks) is reported piece by piece, in order. The tensor is valid during
 * the call only.
 */
@FunctionalInterface
public interface StageObserver {
  /** Looks at nothing. */
  StageObserver NONE = (stage, tensor) -> {};

  /** Called on the engine's thread. */
  void stage(String stage, Tensor tensor);
}
