package io.xcomposer.model.checkpoint;

import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.Shape;

/** Where a model's weights come from, by checkpoint key: a folder of files, or random numbers. */
public interface Weights {
  XComposerConfig config();

  boolean contains(String name);

  /** Shape of a tensor; an unknown name is a CHECKPOINT error. */
  Shape shape(String name);

  /**
   * A tensor as rows: rank 2 as it is, other ranks as (size 0, product of the rest). The caller
   * closes it.
   */
  WeightSource matrix(String name);

  /** A small tensor widened to F32, row-major. */
  float[] floats(String name);
}
