package io.xcomposer.model.generate;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.Tensor;

/** The token with the highest logit; of equal ones the lowest id. */
final class GreedyChoice implements TokenChoice {
  private final Backend backend;
  private final LogProbabilities logProbabilities;
  private final float[] value = new float[1];
  private final int[] index = new int[1];

  GreedyChoice(Backend backend) {
    this.backend = backend;
    this.logProbabilities = new LogProbabilities(backend);
  }

  @Override
  public Chosen choose(Tensor logits) {
    backend.topK(value, index, logits, 1);
    logProbabilities.normalize(logits);
    return new Chosen(index[0], logProbabilities.of(logits, 0, index[0]));
  }
}
