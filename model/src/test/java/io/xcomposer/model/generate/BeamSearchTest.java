package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.xcomposer.model.Answer.Confidence;
import io.xcomposer.model.Answer.FinishReason;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.backend.ReferenceBackend;
import io.xcomposer.model.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.RepeatedTest;
import org.junit.jupiter.api.RepetitionInfo;
import org.junit.jupiter.api.Test;

/**
 * With as many beams as there are sequences nothing is pruned, so the answer must be that of an
 * exhaustive search. The model is a table: the logits depend on the last token.
 */
class BeamSearchTest {
  private static final int VOCABULARY = 4;
  private static final int EOS = 2;
  private static final int BOS = 1;
  private static final int MAX_NEW = 3;
  private static final int ENOUGH_BEAMS = 64;

  private final ReferenceBackend backend = new ReferenceBackend();

  private Search.Result search(float[][] table, GenerationOptions options, Set<Integer> eosIds) {
    LibrarySequence start = LibrarySequence.startingWith(new int[] {BOS});
    BeamSearch search = new BeamSearch(backend, start, options, eosIds, EOS);
    int[] last = {BOS};
    while (true) {
      float[][] rows = Arrays.stream(last).mapToObj(token -> table[token]).toArray(float[][]::new);
      try (Tensor logits = LogitRows.upload(backend, rows)) {
        Search.Continuation next = search.advance(logits);
        if (next == null) {
          return search.result();
        }
        last = next.tokens();
      }
    }
  }

  /** The best sum over length^penalty of all sequences that end or are full. */
  private static double bestByExhaustion(
      float[][] table, int last, int length, double sum, double penalty, Set<Integer> eosIds) {
    if (length == 1 + MAX_NEW) {
      return sum / Math.pow(length, penalty);
    }
    double normalizer =
        Math.log(
            java.util.stream.IntStream.range(0, VOCABULARY)
                .mapToDouble(i -> Math.exp(table[last][i]))
                .sum());
    double best = Double.NEGATIVE_INFINITY;
    for (int token = 0; token < VOCABULARY; token++) {
      double next = sum + table[last][token] - normalizer;
      double score =
          eosIds.contains(token)
              ? next / Math.pow(length, penalty)
              : bestByExhaustion(table, token, length + 1, next, penalty, eosIds);
      best = Math.max(best, score);
    }
    return best;
  }

  private static GenerationOptions options(int beams, double lengthPenalty) {
    return new GenerationOptions(MAX_NEW, beams, 1f, lengthPenalty, false, null);
  }

  @RepeatedTest(20)
  void withoutPruningTheBestOfAllSequencesIsFound(RepetitionInfo repetition) {
    double penalty = repetition.getCurrentRepetition() % 3;
    float[][] table = LogitRows.table(repetition.getCurrentRepetition(), VOCABULARY);
    Set<Integer> eosIds = Set.of(EOS);
    Search.Result found = search(table, options(ENOUGH_BEAMS, penalty), eosIds);
    assertThat(found.score())
        .isCloseTo(bestByExhaustion(table, BOS, 1, 0, penalty, eosIds), within(1e-5));
  }

  @Test
  void anAnswerThatEndsEarlyEndsWithTheFirstEosWhicheverEosEndedIt() {
    float[][] table = new float[VOCABULARY][VOCABULARY];
    Arrays.stream(table).forEach(row -> row[3] = 20);
    Search.Result found = search(table, options(2, 1.0), Set.of(EOS, 3));
    assertThat(found.tokenIds()).containsExactly(EOS);
    assertThat(found.finishReason()).isEqualTo(FinishReason.EOS);
  }

  @Test
  void anAnswerOfFullLengthHasNoEosBehindIt() {
    float[][] table = new float[VOCABULARY][VOCABULARY];
    Arrays.stream(table).forEach(row -> row[0] = 20);
    Search.Result found = search(table, options(2, 1.0), Set.of(EOS));
    assertThat(found.tokenIds()).containsExactly(0, 0, 0);
    assertThat(found.finishReason()).isEqualTo(FinishReason.LENGTH);
  }

  /** A plain walk along the answer; {@code end} is the token that ended it, or that it ended on. */
  private static Confidence confidence(float[][] table, int[] answer, int end, double penalty) {
    int[] chosen = answer.clone();
    chosen[chosen.length - 1] = end;
    Set<Integer> ids = new HashSet<>(Set.of(BOS));
    int last = BOS;
    double sum = 0;
    double lowest = 0;
    for (int token : chosen) {
      double[] scores =
          LogitRows.penalized(LogitRows.logSoftmax(LogitRows.doubles(table[last])), ids, penalty);
      double log = LogitRows.logSoftmax(scores)[token];
      sum += log;
      lowest = Math.min(lowest, log);
      ids.add(token);
      last = token;
    }
    return new Confidence(Math.exp(sum / chosen.length), Math.exp(lowest));
  }

  @RepeatedTest(20)
  void theConfidenceIsThatOfTheAnswersOwnTokensBehindThePenalty(RepetitionInfo repetition) {
    float[][] table = LogitRows.table(repetition.getCurrentRepetition(), VOCABULARY);
    GenerationOptions penalized = new GenerationOptions(MAX_NEW, 2, 1.5f, 1.0, false, null);
    Search.Result found = search(table, penalized, Set.of(EOS));
    int[] ids = found.tokenIds();
    Confidence expected = confidence(table, ids, ids[ids.length - 1], 1.5);
    assertThat(found.confidence().mean()).isCloseTo(expected.mean(), within(1e-6));
    assertThat(found.confidence().min()).isCloseTo(expected.min(), within(1e-6));
  }

  @Test
  void theConfidenceCountsTheEndTokenThatEndedTheAnswerNotTheOneBehindIt() {
    float[][] table = new float[VOCABULARY][VOCABULARY];
    Arrays.stream(table).forEach(row -> row[3] = 5);
    Search.Result found = search(table, options(2, 1.0), Set.of(EOS, 3));
    assertThat(found.confidence().min())
        .isCloseTo(confidence(table, found.tokenIds(), 3, 1).min(), within(1e-6));
  }
}
