package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.Answer.FinishReason;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.backend.ReferenceBackend;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
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

  private static float[][] table(long seed) {
    Random random = new Random(seed);
    float[][] table = new float[VOCABULARY][VOCABULARY];
    for (float[] row : table) {
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) random.nextGaussian() * 2;
      }
    }
    return table;
  }

  private Search.Result search(float[][] table, GenerationOptions options, Set<Integer> eosIds) {
    LibrarySequence start = LibrarySequence.startingWith(new int[] {BOS});
    BeamSearch search = new BeamSearch(backend, start, options, eosIds, EOS);
    int[] last = {BOS};
    while (true) {
      try (Tensor logits = backend.allocate(DType.F32, Shape.of(last.length, VOCABULARY))) {
        ByteBuffer rows =
            ByteBuffer.allocateDirect((int) logits.bytes()).order(ByteOrder.LITTLE_ENDIAN);
        for (int token : last) {
          for (float value : table[token]) {
            rows.putFloat(value);
          }
        }
        backend.upload(rows.flip(), logits);
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
    float[][] table = table(repetition.getCurrentRepetition());
    Set<Integer> eosIds = Set.of(EOS);
    Search.Result found = search(table, options(ENOUGH_BEAMS, penalty), eosIds);
    assertThat(found.score())
        .isCloseTo(
            bestByExhaustion(table, BOS, 1, 0, penalty, eosIds),
            org.assertj.core.data.Offset.offset(1e-5));
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
}
