package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.xcomposer.model.Answer.FinishReason;
import io.xcomposer.model.backend.ReferenceBackend;
import io.xcomposer.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/** Greedy on a model that is a table: the logits depend on the last token. */
class SingleSearchTest {
  private static final int VOCABULARY = 6;
  private static final int EOS = 2;
  private static final int BOS = 1;
  private static final int MAX_NEW = 5;
  private static final float PENALTY = 1.5f;

  private final ReferenceBackend backend = new ReferenceBackend();
  private final List<Integer> seen = new ArrayList<>();

  private Search.Result search(float[][] table, float penalty) {
    SingleSearch search =
        new SingleSearch(
            LibrarySequence.startingWith(new int[] {BOS}),
            new LogitsProcessor(backend, penalty),
            new GreedyChoice(backend),
            Set.of(EOS),
            MAX_NEW,
            seen::add);
    int last = BOS;
    while (true) {
      try (Tensor logits = LogitRows.upload(backend, table[last])) {
        Search.Continuation next = search.advance(logits);
        if (next == null) {
          return search.result();
        }
        last = next.tokens()[0];
      }
    }
  }

  /** Each token leads to the one behind it. */
  private static float[][] chain(int... tokens) {
    float[][] table = new float[VOCABULARY][VOCABULARY];
    int last = BOS;
    for (int token : tokens) {
      table[last][token] = 20;
      last = token;
    }
    return table;
  }

  @Test
  void theEndTokenEndsTheAnswerAndIsInIt() {
    Search.Result found = search(chain(4, 3, EOS), 1f);
    assertThat(found.tokenIds()).containsExactly(4, 3, EOS);
    assertThat(found.finishReason()).isEqualTo(FinishReason.EOS);
  }

  @Test
  void theLimitOfNewTokensEndsTheAnswer() {
    Search.Result found = search(chain(4, 3, 4), 1f);
    assertThat(found.tokenIds()).containsExactly(4, 3, 4, 3, 4);
    assertThat(found.finishReason()).isEqualTo(FinishReason.LENGTH);
  }

  @Test
  void everyTokenIsHandedOnAsItIsChosen() {
    search(chain(4, 3, EOS), 1f);
    assertThat(seen).containsExactly(4, 3, EOS);
  }

  @Test
  void ofEqualScoresTheLowestIdIsTaken() {
    assertThat(search(new float[VOCABULARY][VOCABULARY], 1f).tokenIds()[0]).isZero();
  }

  @RepeatedTest(10)
  void theConfidenceIsThatOfAPlainSoftmaxBehindThePenalty(RepetitionInfo repetition) {
    float[][] table = LogitRows.table(repetition.getCurrentRepetition(), VOCABULARY);
    Search.Result found = search(table, PENALTY);
    Set<Integer> ids = new HashSet<>(Set.of(BOS));
    int last = BOS;
    double sum = 0;
    double lowest = 0;
    for (int token : found.tokenIds()) {
      double[] scores = LogitRows.penalized(LogitRows.doubles(table[last]), ids, PENALTY);
      double log = LogitRows.logSoftmax(scores)[token];
      sum += log;
      lowest = Math.min(lowest, log);
      ids.add(token);
      last = token;
    }
    double mean = Math.exp(sum / found.tokenIds().length);
    assertThat(found.confidence().mean()).isCloseTo(mean, within(1e-6));
    assertThat(found.confidence().min()).isCloseTo(Math.exp(lowest), within(1e-6));
  }

  @Test
  void logitsThatAreNotNumbersHaveNoConfidence() {
    float[][] table = chain(4, 3, EOS);
    table[3][0] = Float.NaN;
    assertThat(search(table, 1f).confidence().min()).isZero();
  }
}
