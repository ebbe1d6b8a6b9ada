package io.xcomposer.model.generate;

import io.xcomposer.model.tensor.Tensor;

/** Picks the next token from a row of penalised logits: the best, or one drawn at random. */
interface TokenChoice {
  /**
   * A token.
   *
   * @param logProbability natural, of the distribution that it was chosen from
   */
  record Chosen(int token, double logProbability) {}

  /**
   * Chooses the next token.
   *
   * @param logits (1, V) F32, may be changed in place
   */
  Chosen choose(Tensor logits);
}
