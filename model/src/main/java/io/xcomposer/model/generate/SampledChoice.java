package io.xcomposer.model.generate;

import io.xcomposer.model.GenerationOptions.Sampling;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.Tensor;
import java.util.SplittableRandom;

/**
 * Draws a token: temperature, top-k, top-p, then by probability (model-spec 8). The same seed gives
 * the same draws; they are not those of the published code, whose random generator is another.
 */
final class SampledChoice implements TokenChoice {
  private final Backend backend;
  private final Sampling sampling;
  private final SplittableRandom random;

  SampledChoice(Backend backend, Sampling sampling) {
    this.backend = backend;
    this.sampling = sampling;
    this.random = new SplittableRandom(sampling.seed());
  }

  @Override
  public Chosen choose(Tensor logits) {
    int vocabulary = Math.toIntExact(logits.shape().size(1));
    int k = sampling.topK() == 0 ? vocabulary : Math.min(sampling.topK(), vocabulary);
    float[] values = new float[k];
    int[] ids = new int[k];
    backend.topK(values, ids, logits, k);
    double[] probabilities = softmax(values, sampling.temperature());
    int kept = nucleus(probabilities, sampling.topP());
    double total = 0;
    for (int i = 0; i < kept; i++) {
      total += probabilities[i];
    }
    int drawn = draw(probabilities, kept, total);
    return new Chosen(ids[drawn], Math.log(probabilities[drawn] / total));
  }

  private static double[] softmax(float[] descending, float temperature) {
    double[] probabilities = new double[descending.length];
    double sum = 0;
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] = Math.exp((descending[i] - (double) descending[0]) / temperature);
      sum += probabilities[i];
    }
    for (int i = 0; i < probabilities.length; i++) {
      probabilities[i] /= sum;
    }
    return probabilities;
  }

  /**
   * How many of the best stay: from the least likely on, those go whose cumulative probability is
   * at most 1 - p; one always stays.
   */
  private static int nucleus(double[] descending, float topP) {
    double cumulative = 0;
    for (int i = descending.length - 1; i > 0; i--) {
      cumulative += descending[i];
      if (cumulative > 1 - topP) {
        return i + 1;
      }
    }
    return 1;
  }

  private int draw(double[] probabilities, int kept, double total) {
    double target = random.nextDouble() * total;
    for (int i = 0; i < kept - 1; i++) {
      target -= probabilities[i];
      if (target < 0) {
        return i;
      }
    }
    return kept - 1;
  }
}
