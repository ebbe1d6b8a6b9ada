package io.xcomposer.spark.rows;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.Request;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.function.Supplier;

/** Asks an engine once, and takes what it says. */
public final class DirectSubmitter implements RowSubmitter {
  private final Engine engine;

  /** The engine stays the caller's. */
  public DirectSubmitter(Engine engine) {
    this.engine = engine;
  }

  @Override
  public List<CompletableFuture<Outcome>> submit(Supplier<String> key, List<Request> requests) {
    return engine.submitTogether(requests).stream().map(DirectSubmitter::outcome).toList();
  }

  private static CompletableFuture<Outcome> outcome(CompletableFuture<Answer> answer) {
    CompletableFuture<Outcome> outcome = new CompletableFuture<>();
    answer.whenComplete(
        (value, error) -> {
          if (error == null) {
            outcome.complete(new Outcome.Answered(value, 0));
          } else {
            complete(outcome, error instanceof CompletionException ? error.getCause() : error);
          }
        });
    outcome.whenComplete(
        (value, error) -> {
          if (outcome.isCancelled()) {
            answer.cancel(true);
          }
        });
    return outcome;
  }

  private static void complete(CompletableFuture<Outcome> outcome, Throwable error) {
    try {
      outcome.complete(LookAhead.failure(error));
    } catch (RuntimeException fatal) {
      outcome.completeExceptionally(error);
    }
  }
}
