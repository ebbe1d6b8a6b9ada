package io.xcomposer.spark.engine;

import io.xcomposer.model.Answer;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.XComposerException.Fault;
import io.xcomposer.spark.rows.Outcome;
import io.xcomposer.spark.rows.RowError;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Supplier;

/**
 * A question until its outcome is known. What may pass is tried again after a moment, on another
 * thread than the task's; an error that nobody foresaw once, because it may have been another row's
 * doing. An engine that fails is no outcome: it ends the task.
 */
final class RetriedQuestion {
  private static final long FIRST_WAIT_MILLIS = 250;
  private static final long LONGEST_WAIT_MILLIS = 4_000;

  private final Supplier<CompletableFuture<Answer>> again;
  private final int maxAttempts;
  private final EngineCounters counters;
  private final Consumer<Throwable> engineFailed;
  private final CompletableFuture<Outcome> outcome = new CompletableFuture<>();
  private volatile CompletableFuture<Answer> current;
  private int retries;

  /**
   * A question that has not been asked yet.
   *
   * @param again asks it
   * @param engineFailed told what ends the task, before the outcome is
   */
  RetriedQuestion(
      Supplier<CompletableFuture<Answer>> again,
      int maxAttempts,
      EngineCounters counters,
      Consumer<Throwable> engineFailed) {
    this.again = again;
    this.maxAttempts = maxAttempts;
    this.counters = counters;
    this.engineFailed = engineFailed;
  }

  /** The outcome of a question that has just been asked; cancelling it gives the question up. */
  CompletableFuture<Outcome> follow(CompletableFuture<Answer> asked) {
    watch(asked);
    var unused =
        outcome.whenComplete(
            (done, error) -> {
              if (outcome.isCancelled()) {
                current.cancel(true);
              }
            });
    return outcome;
  }

  private void watch(CompletableFuture<Answer> asked) {
    current = asked;
    if (outcome.isCancelled()) {
      asked.cancel(true);
    }
    var unused = asked.whenComplete(this::end);
  }

  private void end(Answer answer, Throwable error) {
    if (outcome.isDone()) {
      return;
    }
    if (error == null) {
      counters.answered(answer);
      outcome.complete(new Outcome.Answered(answer, retries));
      return;
    }
    Throwable cause = error instanceof CompletionException ? error.getCause() : error;
    if (endsTheTask(cause)) {
      engineFailed.accept(cause);
      outcome.completeExceptionally(cause);
    } else if (retries + 1 < attempts(cause)) {
      askAgain();
    } else {
      counters.failed();
      outcome.complete(new Outcome.Failed(RowError.of(cause), retries));
    }
  }

  private static boolean endsTheTask(Throwable cause) {
    return cause instanceof XComposerException known
        ? known.kind().fault() == Fault.ENGINE
        : !(cause instanceof Exception);
  }

  private int attempts(Throwable cause) {
    if (cause instanceof XComposerException known) {
      return known.kind().fault() == Fault.PASSING ? maxAttempts : 1;
    }
    return cause instanceof CancellationException ? 1 : Math.min(2, maxAttempts);
  }

  private void askAgain() {
    retries++;
    counters.retried();
    long wait = Math.min(LONGEST_WAIT_MILLIS, FIRST_WAIT_MILLIS << Math.min(retries - 1, 10));
    Executor later = CompletableFuture.delayedExecutor(wait, TimeUnit.MILLISECONDS);
    later.execute(
        () -> {
          if (outcome.isDone()) {
            return;
          }
          CompletableFuture<Answer> asked;
          try {
            asked = again.get();
          } catch (RuntimeException e) {
            asked = CompletableFuture.failedFuture(e);
          }
          watch(asked);
        });
  }
}
