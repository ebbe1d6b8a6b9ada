package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class HypothesisStoreTest {
  private static LibrarySequence ofLength(int length) {
    return LibrarySequence.startingWith(new int[length]);
  }

  @Test
  void scoresAreSumsOverLengthToThePenalty() {
    HypothesisStore store = new HypothesisStore(2, 2.0, false);
    store.offer(ofLength(4), -8f, Certainty.NONE);
    assertThat(store.best().score()).isEqualTo(-0.5);
  }

  @Test
  void theLowestGivesWayToABetterOne() {
    HypothesisStore store = new HypothesisStore(2, 0.0, false);
    store.offer(ofLength(1), -3f, Certainty.NONE);
    store.offer(ofLength(1), -1f, Certainty.NONE);
    store.offer(ofLength(1), -2f, Certainty.NONE);
    assertThat(store.scores()).containsExactly(-2.0, -1.0);
  }

  @Test
  void oneThatOnlyEqualsTheWorstIsNotTaken() {
    HypothesisStore store = new HypothesisStore(1, 0.0, false);
    LibrarySequence first = ofLength(1);
    store.offer(first, -2f, Certainty.NONE);
    store.offer(ofLength(2), -2f, Certainty.NONE);
    assertThat(store.best().sequence()).isSameAs(first);
  }

  @Test
  void amongEqualsTheOneStoredLastIsBest() {
    HypothesisStore store = new HypothesisStore(2, 0.0, false);
    LibrarySequence last = ofLength(2);
    store.offer(ofLength(1), -2f, Certainty.NONE);
    store.offer(last, -2f, Certainty.NONE);
    assertThat(store.best().sequence()).isSameAs(last);
  }

  @Test
  void itIsNotDoneBeforeItIsFull() {
    HypothesisStore store = new HypothesisStore(2, 1.0, true);
    store.offer(ofLength(1), -1f, Certainty.NONE);
    assertThat(store.done(-100f, 2)).isFalse();
  }

  @Test
  void earlyStoppingIsDoneAsSoonAsItIsFull() {
    HypothesisStore store = new HypothesisStore(1, 1.0, true);
    store.offer(ofLength(1), -100f, Certainty.NONE);
    assertThat(store.done(-1f, 2)).isTrue();
  }

  @Test
  void withoutEarlyStoppingAnOpenBeamThatMayWinKeepsTheSearchGoing() {
    HypothesisStore store = new HypothesisStore(1, 1.0, false);
    store.offer(ofLength(2), -4f, Certainty.NONE);
    assertThat(store.done(-3.9f, 2)).isFalse();
    assertThat(store.done(-4f, 2)).isTrue();
  }
}
