package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.FakeEngine;
import io.xcomposer.spark.conf.EngineSettings;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
import org.junit.jupiter.api.Test;

class TestExecutorEngine {
  private final ExecutorEngine engines = new ExecutorEngine();

  private ExecutorEngine.Lease acquire(String checkpoint, int cores) {
    return engines.acquire(request(checkpoint, cores, new FakeEngine.Opener()), () -> false);
  }

  private static EngineRequest request(String checkpoint, int cores, EngineOpener opener) {
    return new EngineRequest(
        checkpoint,
        EngineSettings.EXACT.onCores(cores),
        new TaskDevice("cpu", Optional.empty()),
        opener);
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
    AtomicBoolean failing = new AtomicBoolean(true);
    EngineOpener opener =
        new EngineOpener() {
          private static final long serialVersionUID = 1L;

          @Override
          public void check(Path checkpoint) {}

          @Override
          public Engine open(Path checkpoint, EngineOptions options) {
            if (failing.get()) {
              throw Errors.checkpoint("config.json", "is missing", "give it");
            }
            return new FakeEngine.Opener().open(checkpoint, options);
          }
        };
    assertThatThrownBy(() -> engines.acquire(request("failing", 2, opener), () -> false))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("config.json");

    failing.set(false);
    try (var second = engines.acquire(request("failing", 2, opener), () -> false)) {
      assertThat(second.engine()).isInstanceOf(FakeEngine.class);
    }
  }
}
