package io.xcomposer.spark.engine;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.Request;
import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.rows.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.Consumer;

/** Asks an engine the questions of rows, again where an error may pass. */
final class EngineQuestions {
  private final ExecutorEngine.Lease lease;
  private final int maxAttempts;
  private final EngineCounters counters;

  /** How a row's time with the engine ends. */
  enum RowEnd {
    /** Every question has an outcome. */
    DONE,
    /** A question was cancelled. */
    GIVEN_UP,
    /** The engine failed. */
    ENGINE_FAILED
  }

  EngineQuestions(ExecutorEngine.Lease lease, int maxAttempts, EngineCounters counters) {
    this.lease = lease;
    this.maxAttempts = maxAttempts;
    this.counters = counters;
  }

  /**
   * Asks all questions of a row.
   *
   * @param onEnd told once, when all futures are complete; on any thread
   */
  List<CompletableFuture<Outcome>> ask(List<Request> requests, Consumer<RowEnd> onEnd) {
    Engine engine = lease.engine();
    List<CompletableFuture<Answer>> answers;
    try {
      answers = engine.submitTogether(requests);
    } catch (RuntimeException e) {
      answers = requests.stream().map(any -> CompletableFuture.<Answer>failedFuture(e)).toList();
    }
    List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      Request request = requests.get(i);
      RetriedQuestion question =
          new RetriedQuestion(
              () -> engine.submit(request), maxAttempts, counters, this::engineFailed);
      outcomes.add(question.follow(answers.get(i)));
    }
    var unused =
        CompletableFuture.allOf(outcomes.toArray(CompletableFuture[]::new))
            .whenComplete((all, error) -> onEnd.accept(end(outcomes)));
    return outcomes;
  }

  private void engineFailed(Throwable error) {
    if (error instanceof XComposerException known) {
      lease.engineFailed(known);
    }
  }

  private RowEnd end(List<CompletableFuture<Outcome>> outcomes) {
    if (outcomes.stream().anyMatch(CompletableFuture::isCancelled)) {
      return RowEnd.GIVEN_UP;
    }
    if (outcomes.stream().anyMatch(CompletableFuture::isCompletedExceptionally)) {
      return RowEnd.ENGINE_FAILED;
    }
    counters.rowDone();
    return RowEnd.DONE;
  }
}
