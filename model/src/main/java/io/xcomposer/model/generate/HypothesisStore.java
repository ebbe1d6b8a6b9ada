package io.xcomposer.model.generate;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/** The finished hypotheses of a beam search, the best B of them (model-spec 8, points 3 to 7). */
final class HypothesisStore {
  /**
   * A finished sequence.
   *
   * @param sequence without the eos that ended it
   * @param certainty with the eos that ended it
   */
  record Hypothesis(LibrarySequence sequence, double score, Certainty certainty) {}

  private final int capacity;
  private final double lengthPenalty;
  private final boolean earlyStopping;
  private final List<Hypothesis> hypotheses = new ArrayList<>();
  private double worst = 1e9;

  HypothesisStore(int capacity, double lengthPenalty, boolean earlyStopping) {
    this.capacity = capacity;
    this.lengthPenalty = lengthPenalty;
    this.earlyStopping = earlyStopping;
  }

  /** Offers a sequence with the sum of its penalised log-probabilities. */
  void offer(LibrarySequence sequence, float sumLogProbabilities, Certainty certainty) {
    double score = sumLogProbabilities / Math.pow(sequence.length(), lengthPenalty);
    if (hypotheses.size() >= capacity && !(score > worst)) {
      return;
    }
    hypotheses.add(new Hypothesis(sequence, score, certainty));
    if (hypotheses.size() > capacity) {
      hypotheses.remove(lowest());
      worst = hypotheses.get(lowest()).score();
    } else {
      worst = Math.min(worst, score);
    }
  }

  /** The lowest score; of equal ones the older. */
  private int lowest() {
    int lowest = 0;
    for (int i = 1; i < hypotheses.size(); i++) {
      if (hypotheses.get(i).score() < hypotheses.get(lowest).score()) {
        lowest = i;
      }
    }
    return lowest;
  }

  /**
   * Whether no open beam can win any more.
   *
   * @param bestCandidate highest sum among the candidates of the step
   * @param length of the library's sequence after the step
   */
  boolean done(float bestCandidate, int length) {
    if (hypotheses.size() < capacity) {
      return false;
    }
    return earlyStopping || worst >= bestCandidate / Math.pow(length, lengthPenalty);
  }

  /** The highest score; of equal ones the one stored last. */
  Hypothesis best() {
    Hypothesis best = hypotheses.get(0);
    for (Hypothesis hypothesis : hypotheses) {
      if (hypothesis.score() >= best.score()) {
        best = hypothesis;
      }
    }
    return best;
  }

  /** Scores, lowest first. */
  List<Double> scores() {
    return hypotheses.stream().map(Hypothesis::score).sorted(Comparator.naturalOrder()).toList();
  }
}
