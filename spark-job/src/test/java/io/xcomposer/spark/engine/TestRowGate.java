package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.FutureTask;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.TaskKilledException;
import org.junit.jupiter.api.Test;

class TestRowGate {
  private final RowGate gate = new RowGate();

  @Test
  void rowsGoSideBySide() {
    try (var first = gate.enter(() -> false);
        var second = gate.enter(() -> false)) {
      assertThat(first).isNotSameAs(second);
      assertThat(gate.inside()).isEqualTo(2);
    }
    assertThat(gate.inside()).isZero();
  }

  @Test
  void aPassClosedTwiceCountsOnce() {
    var first = gate.enter(() -> false);
    try (var second = gate.enter(() -> false)) {
      first.close();
      first.close();

      assertThat(second).isNotNull();
      assertThat(gate.inside()).isEqualTo(1);
    }
  }

  @Test
  void aRowAloneWaitsForTheOthersAndKeepsNewOnesBack()
      throws InterruptedException, ExecutionException {
    var before = gate.enter(() -> false);
    CompletableFuture<RowGate.Pass> alone = async(() -> gate.enterAlone(() -> false));
    awaitWaiting(alone);
    CompletableFuture<RowGate.Pass> behind = async(() -> gate.enter(() -> false));
    awaitWaiting(behind);

    before.close();
    RowGate.Pass passAlone = alone.get();
    assertThat(gate.inside()).isEqualTo(1);
    assertThat(behind).isNotDone();

    passAlone.close();
    behind.get().close();
    assertThat(gate.inside()).isZero();
  }

  @Test
  void neverIsAnotherRowInWorkBesideOneAlone() throws InterruptedException, ExecutionException {
    AtomicInteger shared = new AtomicInteger();
    AtomicInteger lonely = new AtomicInteger();
    AtomicBoolean broken = new AtomicBoolean();
    Future<?>[] tasks = new Future<?>[6];
    for (int i = 0; i < tasks.length; i++) {
      boolean alone = i % 3 == 0;
      tasks[i] =
          async(
              () -> {
                for (int round = 0; round < 200; round++) {
                  AtomicInteger own = alone ? lonely : shared;
                  try (var pass = alone ? gate.enterAlone(() -> false) : gate.enter(() -> false)) {
                    own.incrementAndGet();
                    if (lonely.get() > 1 || lonely.get() == 1 && shared.get() > 0) {
                      broken.set(true);
                    }
                    own.decrementAndGet();
                  }
                }
                return null;
              });
    }
    for (Future<?> task : tasks) {
      task.get();
    }

    assertThat(broken).isFalse();
    assertThat(gate.inside()).isZero();
  }

  @Test
  void aKilledTaskDoesNotWaitAndHoldsNobodyUp() {
    try (var inside = gate.enter(() -> false)) {
      assertThat(inside).isNotNull();
      assertThatThrownBy(() -> gate.enterAlone(() -> true)).isInstanceOf(TaskKilledException.class);
      gate.enter(() -> true).close();
    }
  }

  private static <T> CompletableFuture<T> async(java.util.concurrent.Callable<T> work) {
    CompletableFuture<T> done = new CompletableFuture<>();
    FutureTask<T> task = new FutureTask<>(work);
    Thread thread =
        new Thread(
            () -> {
              task.run();
              try {
                done.complete(task.get());
              } catch (ExecutionException | InterruptedException e) {
                done.completeExceptionally(e);
              }
            });
    thread.setDaemon(true);
    thread.start();
    return done;
  }

  /** Gives it time to wait; that it does not wait would be seen by what follows. */
  private static void awaitWaiting(CompletableFuture<?> waiting) throws InterruptedException {
    Thread.sleep(100);
    assertThat(waiting).isNotDone();
  }
}
