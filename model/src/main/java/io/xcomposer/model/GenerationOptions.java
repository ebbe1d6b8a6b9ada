package io.xcomposer.model;

import java.io.Serializable;

/**
 * How an answer is searched (model-spec 8). Defaults are those of the model card: greedy or beams,
 * repetition penalty 1.005.
 *
 * @param maxNewTokens limit of new tokens, at least 1
 * @param numBeams 1 is greedy (or sampling)
 * @param repetitionPenalty above 0; 1 is none
 * @param lengthPenalty exponent of the length in a hypothesis' score
 * @param earlyStopping stop a beam search as soon as it has {@code numBeams} hypotheses
 * @param sampling how to draw tokens, null for the best one
 */
public record GenerationOptions(
    int maxNewTokens,
    int numBeams,
    float repetitionPenalty,
    double lengthPenalty,
    boolean earlyStopping,
    Sampling sampling)
    implements Serializable {

  /** Draws tokens at random: temperature, then top-k, then top-p (model-spec 8). */
  public record Sampling(float temperature, int topK, float topP, long seed)
      implements Serializable {
    public Sampling {
      if (!(temperature > 0) || Float.isInfinite(temperature)) {
        throw Errors.option("temperature", temperature, "a number above 0");
      }
      if (topK < 0) {
        throw Errors.option("top-k", topK, "0 (no limit) or a positive number of tokens");
      }
      if (!(topP > 0) || topP > 1) {
        throw Errors.option("top-p", topP, "a number above 0, at most 1");
      }
    }
  }

  public GenerationOptions {
    if (maxNewTokens < 1 || maxNewTokens > 16_384) {
      throw Errors.option("max-new-tokens", maxNewTokens, "a number from 1 to 16384");
    }
    if (numBeams < 1 || numBeams > 64) {
      throw Errors.option("num-beams", numBeams, "a number from 1 to 64");
    }
    if (!(repetitionPenalty > 0) || Float.isInfinite(repetitionPenalty)) {
      throw Errors.option("repetition-penalty", repetitionPenalty, "a number above 0");
    }
    if (!Double.isFinite(lengthPenalty)) {
      throw Errors.option("length-penalty", lengthPenalty, "a finite number");
    }
    if (sampling != null && numBeams > 1) {
      throw Errors.option("num-beams", numBeams, "1 together with do-sample");
    }
  }

  /** Greedy with the defaults of the model card. */
  public static GenerationOptions greedy(int maxNewTokens) {
    return new GenerationOptions(maxNewTokens, 1, 1.005f, 1.0, false, null);
  }

  /** Beam search with the defaults of the model card. */
  public static GenerationOptions beams(int numBeams, int maxNewTokens) {
    return new GenerationOptions(maxNewTokens, numBeams, 1.005f, 1.0, false, null);
  }
}
