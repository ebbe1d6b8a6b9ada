package io.xcomposer.spark;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import org.junit.jupiter.api.Test;

class TestExecutorEngine {
  private final ExecutorEngine engines = new ExecutorEngine();

  private ExecutorEngine.Lease acquire(String checkpoint, int cores) {
    return engines.acquire(checkpoint, EngineSettings.EXACT.onCores(cores), FakeEngine::open);
  }

  @Test
  void twoTasksShareAnEngine() {
    try (var first = acquire("shared", 2);
        var second = acquire("shared", 2)) {
      assertThat(first.engine()).isSameAs(second.engine());
    }
  }

  @Test
  void otherOptionsGetAnEngineOfTheirOwn() {
    try (var first = acquire("own", 2);
        var second = acquire("own", 3)) {
      assertThat(first.engine()).isNotSameAs(second.engine());
      assertThat(((FakeEngine) first.engine()).closed).isFalse();
    }
  }

  @Test
  void anIdleEngineWaitsForTheNextTask() {
    var first = acquire("idle", 2);
    first.close();

    try (var second = acquire("idle", 2)) {
      assertThat(second.engine()).isSameAs(first.engine());
      assertThat(((FakeEngine) second.engine()).closed).isFalse();
    }
  }

  @Test
  void anIdleEngineMakesRoomForOneWithOtherOptions() {
    var first = acquire("room", 2);
    first.close();

    try (var second = acquire("room", 3)) {
      assertThat(((FakeEngine) first.engine()).closed).isTrue();
      assertThat(((FakeEngine) second.engine()).closed).isFalse();
    }
  }

  @Test
  void aLeaseClosedTwiceCountsOnce() {
    var first = acquire("twice", 2);
    try (var second = acquire("twice", 2)) {
      first.close();
      first.close();
      engines.closeIdle();

      assertThat(((FakeEngine) second.engine()).closed).isFalse();
    }
  }

  @Test
  void aFailedOpeningIsTriedAgain() {
    EngineOpener failing =
        (checkpoint, options) -> {
          throw Errors.checkpoint("config.json", "is missing", "give it");
        };
    assertThatThrownBy(() -> engines.acquire("failing", EngineSettings.EXACT.onCores(2), failing))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("config.json");

    try (var second = acquire("failing", 2)) {
      assertThat(second.engine()).isInstanceOf(FakeEngine.class);
    }
  }
}
