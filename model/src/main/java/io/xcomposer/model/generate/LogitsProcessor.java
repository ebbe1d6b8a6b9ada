package io.xcomposer.model.generate;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.Tensor;
import java.util.List;

/** Repetition penalty over the ids that the library sees (model-spec 8). */
final class LogitsProcessor {
  private final Backend backend;
  private final float repetitionPenalty;

  LogitsProcessor(Backend backend, float repetitionPenalty) {
    this.backend = backend;
    this.repetitionPenalty = repetitionPenalty;
  }

  /**
   * Applies the penalty to each row for the ids of its sequence.
   *
   * @param scores (R, V) F32, changed in place
   * @param sequences R
   */
  void apply(Tensor scores, List<LibrarySequence> sequences) {
    if (repetitionPenalty != 1.0f) {
      int[][] ids = sequences.stream().map(LibrarySequence::distinctIds).toArray(int[][]::new);
      backend.penalize(scores, ids, repetitionPenalty);
    }
  }
}
