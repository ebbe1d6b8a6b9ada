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
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.spark.TaskKilledException;
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
        new AnyCheckpointOpener() {
          private static final long serialVersionUID = 1L;

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

  @Test
  void aFailedOpeningIsToldToAllWhoWait() throws InterruptedException {
    BlockingOpener opener = new BlockingOpener();
    List<CompletableFuture<Throwable>> errors = new ArrayList<>();
    for (int i = 0; i < 3; i++) {
      errors.add(inThread(() -> engines.acquire(request("told", 2, opener), () -> false)));
    }
    opener.begun.await();
    opener.failure = Errors.checkpoint("config.json", "is missing", "give it");
    opener.mayEnd.countDown();

    assertThat(errors)
        .allSatisfy(error -> assertThat(error.join()).hasMessageContaining("missing"));
  }

  @Test
  void aKilledTaskDoesNotWaitForTheModel() throws InterruptedException {
    BlockingOpener opener = new BlockingOpener();

    assertThatThrownBy(() -> engines.acquire(request("killed", 2, opener), () -> true))
        .isInstanceOf(TaskKilledException.class);

    opener.mayEnd.countDown();
    try (var later = engines.acquire(request("killed", 2, opener), () -> false)) {
      assertThat(later.report().modelLoads()).isEqualTo(1);
    }
  }

  @Test
  void anInterruptedTaskDoesNotWaitForTheModel() {
    BlockingOpener opener = new BlockingOpener();
    Thread.currentThread().interrupt();

    assertThatThrownBy(() -> engines.acquire(request("interrupted", 2, opener), () -> false))
        .isInstanceOf(TaskKilledException.class);
    assertThat(Thread.interrupted()).isTrue();
    opener.mayEnd.countDown();
  }

  @Test
  void anOpeningHoldsNobodyUpWhoHasAnotherEngine() throws InterruptedException {
    BlockingOpener opener = new BlockingOpener();
    CompletableFuture<Throwable> slow =
        inThread(() -> engines.acquire(request("slow", 2, opener), () -> false).close());
    opener.begun.await();

    acquire("quick", 2).close();

    assertThat(slow).isNotDone();
    opener.mayEnd.countDown();
    assertThat(slow.join()).isNull();
  }

  @Test
  void aThousandTasksHaveOneEngine() {
    for (int i = 0; i < 1_000; i++) {
      acquire("thousand", 2).close();
    }

    assertThat(FakeEngine.of("thousand").closed).isFalse();
    assertThat(engines.modelLoads()).isEqualTo(1);
  }

  @Test
  void aThousandChangesOfOptionsLeaveOneEngineOpen() {
    for (int i = 0; i < 1_000; i++) {
      acquire("changes", 1 + i % 7).close();
    }

    List<FakeEngine> all =
        FakeEngine.OPENED.stream().filter(e -> e.checkpoint.equals(Path.of("changes"))).toList();
    assertThat(all).filteredOn(engine -> !engine.closed).hasSize(1);
    FakeEngine.OPENED.removeAll(all);
  }

  @Test
  void aPreloadedEngineIsThereForTheFirstTask() {
    engines.preload(request("preloaded", 2, new FakeEngine.Opener()));

    acquire("preloaded", 2).close();

    assertThat(engines.modelLoads()).isEqualTo(1);
  }

  @Test
  void aFailedPreloadIsToldToTheFirstTaskAndTheSecondTriesAgain() throws InterruptedException {
    BlockingOpener opener = new BlockingOpener();
    opener.failure = Errors.checkpoint("config.json", "is missing", "give it");
    opener.mayEnd.countDown();
    engines.preload(request("unloaded", 2, opener));
    opener.begun.await();

    assertThatThrownBy(() -> engines.acquire(request("unloaded", 2, opener), () -> false))
        .hasMessageContaining("missing");

    opener.failure = null;
    engines.acquire(request("unloaded", 2, opener), () -> false).close();
  }

  /** Opens when it may, and then fails if it is told to. */
  private static final class BlockingOpener extends AnyCheckpointOpener {
    private static final long serialVersionUID = 1L;

    private final transient CountDownLatch begun = new CountDownLatch(1);
    private final transient CountDownLatch mayEnd = new CountDownLatch(1);
    private transient volatile RuntimeException failure;

    @Override
    public Engine open(Path checkpoint, EngineOptions options) {
      begun.countDown();
      try {
        mayEnd.await();
      } catch (InterruptedException e) {
        throw new IllegalStateException("nobody interrupts an opening", e);
      }
      if (failure != null) {
        throw failure;
      }
      return new FakeEngine.Opener().open(checkpoint, options);
    }
  }

  /** What running it in another thread throws; null when nothing. */
  private static CompletableFuture<Throwable> inThread(Runnable work) {
    CompletableFuture<Throwable> thrown = new CompletableFuture<>();
    Thread thread =
        new Thread(
            () -> {
              try {
                work.run();
                thrown.complete(null);
              } catch (RuntimeException e) {
                thrown.complete(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return thrown;
  }
}
