package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.xcomposer.model.GenerationOptions.Sampling;
import io.xcomposer.model.backend.ReferenceBackend;
import io.xcomposer.model.generate.TokenChoice.Chosen;
import io.xcomposer.model.tensor.Tensor;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

class SampledChoiceTest {
  private static final int DRAWS = 20_000;

  private final ReferenceBackend backend = new ReferenceBackend();

  private List<Chosen> chosen(Sampling sampling, double... probabilities) {
    float[] row = new float[probabilities.length];
    for (int i = 0; i < row.length; i++) {
      row[i] = (float) Math.log(probabilities[i]);
    }
    try (Tensor logits = LogitRows.upload(backend, row)) {
      SampledChoice choice = new SampledChoice(backend, sampling);
      return Stream.generate(() -> choice.choose(logits)).limit(DRAWS).toList();
    }
  }

  private int[] draws(Sampling sampling, double... probabilities) {
    return chosen(sampling, probabilities).stream().mapToInt(Chosen::token).toArray();
  }

  private static double share(int[] draws, int token) {
    return IntStream.of(draws).filter(draw -> draw == token).count() / (double) draws.length;
  }

  @Test
  void tokensComeAsOftenAsTheirProbability() {
    int[] draws = draws(new Sampling(1f, 0, 1f, 7), 0.1, 0.6, 0.3);
    assertThat(share(draws, 0)).isCloseTo(0.1, within(0.02));
    assertThat(share(draws, 1)).isCloseTo(0.6, within(0.02));
    assertThat(share(draws, 2)).isCloseTo(0.3, within(0.02));
  }

  @Test
  void topKLeavesTheKBest() {
    int[] draws = draws(new Sampling(1f, 2, 1f, 7), 0.2, 0.5, 0.3);
    assertThat(share(draws, 0)).isZero();
    assertThat(share(draws, 1)).isCloseTo(0.625, within(0.02));
  }

  @Test
  void topPDropsTheTailWhoseProbabilityIsAtMostTheRest() {
    // from below: 0.1, then 0.1 + 0.25 > 1 - 0.7, so only the first goes
    int[] draws = draws(new Sampling(1f, 0, 0.7f, 7), 0.65, 0.25, 0.1);
    assertThat(share(draws, 2)).isZero();
    assertThat(share(draws, 1)).isCloseTo(0.25 / 0.9, within(0.02));
  }

  @Test
  void aTinyTopPIsGreedy() {
    assertThat(share(draws(new Sampling(1f, 0, 1e-6f, 7), 0.4, 0.6), 1)).isEqualTo(1);
  }

  @Test
  void aHighTemperatureEvensTheOdds() {
    int[] draws = draws(new Sampling(1000f, 0, 1f, 7), 0.01, 0.99);
    assertThat(share(draws, 0)).isCloseTo(0.5, within(0.02));
  }

  @Test
  void theSameSeedGivesTheSameDraws() {
    Sampling sampling = new Sampling(1f, 0, 1f, 42);
    assertThat(draws(sampling, 0.5, 0.5)).isEqualTo(draws(sampling, 0.5, 0.5));
  }

  @Test
  void theProbabilityIsThatOfTheDistributionDrawnFrom() {
    // the square root of 4 : 1 at temperature 2, the third cut off by top-k
    for (Chosen each : chosen(new Sampling(2f, 2, 1f, 7), 0.64, 0.16, 0.01)) {
      assertThat(Math.exp(each.logProbability()))
          .isCloseTo(each.token() == 0 ? 2.0 / 3 : 1.0 / 3, within(1e-6));
    }
  }
}
