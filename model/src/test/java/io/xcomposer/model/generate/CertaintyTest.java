package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.xcomposer.model.Answer.Confidence;
import org.junit.jupiter.api.Test;

class CertaintyTest {
  private static Confidence of(double... probabilities) {
    Certainty certainty = Certainty.NONE;
    for (double probability : probabilities) {
      certainty = certainty.with(Math.log(probability));
    }
    return certainty.confidence();
  }

  @Test
  void theMeanIsGeometricAndTheMinimumTheLowest() {
    assertThat(of(0.5, 0.1, 0.8).mean()).isCloseTo(Math.cbrt(0.5 * 0.1 * 0.8), within(1e-12));
    assertThat(of(0.5, 0.1, 0.8).min()).isCloseTo(0.1, within(1e-12));
  }

  @Test
  void withoutTokensNothingIsInDoubt() {
    assertThat(of()).isEqualTo(new Confidence(1, 1));
  }

  @Test
  void anImpossibleTokenAndOneWithoutANumberAreProbabilityZero() {
    assertThat(of(0.5, 0)).isEqualTo(new Confidence(0, 0));
    assertThat(of(Double.NaN, 0.5)).isEqualTo(new Confidence(0, 0));
  }

  @Test
  void whatRoundingLiftsAboveOneIsOne() {
    assertThat(Certainty.NONE.with(1e-7).confidence()).isEqualTo(new Confidence(1, 1));
  }
}
