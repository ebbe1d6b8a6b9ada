package io.xcomposer.model.generate;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.StageObserver;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.backend.SequenceBatch;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

/** How tasks wait, leave and fail, and what they leave behind. */
class SchedulerLeavingTest extends TinyDecoder {
  @Test
  void aStoppedTaskEndsBetweenStepsAndGivesItsBlocksBack() {
    Scheduler scheduler = scheduler(40 + NEW_TOKENS + 3 * blockTokens);
    for (int i = 0; i < 5; i++) {
      List<Integer> seen = new ArrayList<>();
      CompletableFuture<Generated> stopped =
          scheduler.submit(
              task(
                  prompt(i, 0, 40),
                  GenerationOptions.greedy(NEW_TOKENS),
                  seen::add,
                  () -> seen.size() == 2,
                  StageObserver.NONE));
      run(scheduler);
      assertThatThrownBy(stopped::join).isInstanceOf(CancellationException.class);
      assertThat(seen).hasSize(2);
    }
    assertThat(answer(scheduler, greedy(prompt(9, 0, 40))).tokenIds()).hasSize(NEW_TOKENS);
  }

  @Test
  void aTaskThatTheFixedCacheCannotHoldIsRefusedAndTheOthersRun() {
    Scheduler scheduler = scheduler(40 + NEW_TOKENS + 3 * blockTokens);
    CompletableFuture<Generated> small = scheduler.submit(greedy(prompt(1, 0, 40)));
    assertThatThrownBy(scheduler.submit(greedy(prompt(2, 0, 2100)))::join)
        .hasCauseInstanceOf(XComposerException.class)
        .hasMessageContaining("key/value cache");
    run(scheduler);
    assertThat(small.join().tokenIds()).hasSize(NEW_TOKENS);
  }

  @Test
  void aListenerThatThrowsFailsItsOwnTask() {
    Scheduler scheduler = scheduler(0);
    CompletableFuture<Generated> broken =
        scheduler.submit(
            task(
                prompt(1, 0, 10),
                GenerationOptions.greedy(NEW_TOKENS),
                id -> {
                  throw new IllegalStateException("listener");
                },
                () -> false,
                StageObserver.NONE));
    CompletableFuture<Generated> whole = scheduler.submit(greedy(prompt(2, 0, 10)));
    run(scheduler);
    assertThatThrownBy(broken::join).hasMessageContaining("listener");
    assertThat(whole.join().tokenIds()).hasSize(NEW_TOKENS);
  }

  // ---- where a task may stand when it is no longer wanted

  private static GenerationTask stoppable(
      int[] ids, GenerationOptions options, AtomicBoolean stopped) {
    return task(ids, options, id -> {}, stopped::get, StageObserver.NONE);
  }

  private void assertStopsAtNextStep(
      Scheduler scheduler, CompletableFuture<Generated> future, AtomicBoolean stopped) {
    assertThat(future).isNotDone();
    stopped.set(true);
    scheduler.step();
    assertThatThrownBy(future::join).isInstanceOf(CancellationException.class);
  }

  @Test
  void aTaskThatWaitsCanBeStopped() {
    Scheduler scheduler = scheduler(6 * blockTokens);
    int length = 2 * blockTokens + 40;
    CompletableFuture<Generated> running = scheduler.submit(greedy(prompt(1, 0, length)));
    AtomicBoolean stopped = new AtomicBoolean();
    CompletableFuture<Generated> waiting =
        scheduler.submit(stoppable(prompt(2, 0, length), GenerationOptions.greedy(1), stopped));
    scheduler.step();
    assertThat(scheduler.waiting()).isEqualTo(1);
    assertStopsAtNextStep(scheduler, waiting, stopped);
    run(scheduler);
    assertThat(running.join().tokenIds()).hasSize(NEW_TOKENS);
    assertThat(scheduler.blocksInUse()).isZero();
  }

  @Test
  void aTaskWhosePromptIsBeingReadCanBeStopped() {
    Scheduler scheduler = scheduler(4096);
    AtomicBoolean stopped = new AtomicBoolean();
    int[] ids = prompt(1, 0, 2100);
    CompletableFuture<Generated> reading =
        scheduler.submit(stoppable(ids, GenerationOptions.greedy(NEW_TOKENS), stopped));
    scheduler.step();
    assertThat(scheduler.blocksInUse()).isPositive();
    assertStopsAtNextStep(scheduler, reading, stopped);
    assertThat(scheduler.blocksInUse()).isZero();
    assertThat(answer(scheduler, greedy(ids)).cachedPromptTokens()).isEqualTo(1024);
  }

  @Test
  void beamsThatDecodeCanBeStopped() {
    Scheduler scheduler = scheduler(2048);
    AtomicBoolean stopped = new AtomicBoolean();
    CompletableFuture<Generated> decoding =
        scheduler.submit(stoppable(prompt(1, 0, 100), GenerationOptions.beams(3, 200), stopped));
    for (int step = 0; step < blockTokens + 3; step++) {
      scheduler.step();
    }
    assertStopsAtNextStep(scheduler, decoding, stopped);
    assertThat(scheduler.blocksInUse()).isZero();
  }

  @Test
  void aTaskThatWasPutBackCanBeStopped() {
    Scheduler scheduler = scheduler(8 * blockTokens);
    CompletableFuture<Generated> older =
        scheduler.submit(
            task(prompt(1, 0, 2 * blockTokens), GenerationOptions.greedy(4 * blockTokens)));
    AtomicBoolean stopped = new AtomicBoolean();
    CompletableFuture<Generated> younger =
        scheduler.submit(
            stoppable(
                prompt(2, 0, 2 * blockTokens), GenerationOptions.greedy(4 * blockTokens), stopped));
    while (scheduler.counts().preemptions() == 0) {
      scheduler.step();
    }
    assertStopsAtNextStep(scheduler, younger, stopped);
    run(scheduler);
    assertThat(older.join().tokenIds()).hasSize(4 * blockTokens);
    assertThat(scheduler.blocksInUse()).isZero();
  }

  @Test
  void nobodyOvertakesATaskThatWaitsForBlocks() {
    Scheduler scheduler = scheduler(8 * blockTokens);
    List<String> started = new ArrayList<>();
    scheduler.submit(named("first", 4 * blockTokens, 2 * blockTokens, started));
    scheduler.submit(named("large", 5 * blockTokens, 1, started));
    scheduler.submit(named("small", 1, 1, started));
    run(scheduler);
    assertThat(started.stream().distinct()).containsExactly("first", "large", "small");
  }

  private static GenerationTask named(String name, int length, int newTokens, List<String> log) {
    return task(
        prompt(name.hashCode(), 0, length),
        GenerationOptions.greedy(newTokens),
        id -> log.add(name),
        () -> false,
        StageObserver.NONE);
  }

  // ---- failing

  @Test
  void aStepThatFailsInTheMiddleFailsItsTasksAndNothingElse() {
    int[] ids = prompt(1, 0, 100);
    Generated expected = answer(scheduler(0), greedy(ids));
    Scheduler scheduler = scheduler(4096);
    CompletableFuture<Generated> one = scheduler.submit(greedy(ids));
    CompletableFuture<Generated> other =
        scheduler.submit(task(prompt(2, 0, 50), GenerationOptions.beams(3, 80)));
    scheduler.step();
    CompletableFuture<Generated> joining = scheduler.submit(greedy(prompt(3, 0, 300)));
    watched.watch(
        (operation, arguments) -> {
          if (operation.equals("pagedAttention")) {
            throw new IllegalStateException("device");
          }
        });
    scheduler.step();
    watched.watch((operation, arguments) -> {});
    for (CompletableFuture<Generated> each : List.of(one, other, joining)) {
      assertThatThrownBy(each::join).hasMessageContaining("device");
    }
    assertThat(scheduler.idle()).isTrue();
    assertThat(scheduler.blocksInUse()).isZero();
    Generated again = answer(scheduler, greedy(ids));
    assertThat(again.tokenIds()).isEqualTo(expected.tokenIds());
    assertThat(again.confidence()).isEqualTo(expected.confidence());
    assertThat(answer(scheduler, greedy(prompt(3, 0, 300))).cachedPromptTokens()).isZero();
  }

  @Test
  void allTasksCanBeEndedWithAnError() {
    Scheduler scheduler = scheduler(4096);
    CompletableFuture<Generated> reading = scheduler.submit(greedy(prompt(1, 0, 2100)));
    scheduler.step();
    CompletableFuture<Generated> waiting = scheduler.submit(greedy(prompt(2, 0, 10)));
    scheduler.failAll(new IllegalStateException("the end"));
    assertThatThrownBy(reading::join).hasMessageContaining("the end");
    assertThatThrownBy(waiting::join).hasMessageContaining("the end");
    assertThat(scheduler.idle()).isTrue();
    assertThat(scheduler.blocksInUse()).isZero();
  }

  // ---- beams

  @Test
  void beamsShareTheBlocksOfTheirPrompt() {
    int wholeBlocks = 3;
    List<int[][]> tables = new ArrayList<>();
    watched.watch(
        (operation, arguments) -> {
          if (operation.equals("pagedAttention")) {
            tables.add(((SequenceBatch) arguments[4]).blockTables());
          }
        });
    int[] ids = prompt(1, 0, wholeBlocks * blockTokens + 5);
    answer(scheduler(1024), task(ids, GenerationOptions.beams(3, 2 * blockTokens)));
    int[][] last = tables.get(tables.size() - 1);
    assertThat(last).hasNumberOfRows(3);
    for (int block = 0; block < wholeBlocks; block++) {
      assertThat(last[1][block]).isEqualTo(last[0][block]);
      assertThat(last[2][block]).isEqualTo(last[0][block]);
    }
  }

  @Test
  void aStepCopiesNoMoreThanABlockForEachBeam() {
    AtomicInteger copies = new AtomicInteger();
    watched.watch(
        (operation, arguments) -> {
          if (operation.equals("copyBlocks")) {
            copies.addAndGet(((int[]) arguments[1]).length);
          }
        });
    Scheduler scheduler = scheduler(1024);
    int[] ids = prompt(1, 0, 3 * blockTokens + 5);
    scheduler.submit(task(ids, GenerationOptions.beams(3, 2 * blockTokens)));
    int all = 0;
    while (!scheduler.idle()) {
      copies.set(0);
      scheduler.step();
      assertThat(copies).hasValueLessThanOrEqualTo(3);
      all += copies.get();
    }
    assertThat(all).isPositive();
  }
}
