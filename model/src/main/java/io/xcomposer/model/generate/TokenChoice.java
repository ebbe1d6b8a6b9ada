package io.xcomposer.model.generate;

import io.xcomposer.model.tensor.Tensor;

/** Picks the next token from a row of penalised logits: the best, or one drawn at random. */
interface TokenChoice {
  /**
   * Chooses the next id.
   *
   * @param logits (1, V) F32
   */
  int choose(Tensor logits);
}
