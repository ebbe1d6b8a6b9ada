package io.xcomposer.model;

import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Consumer;

/**
 * A request that somebody waits for.
 *
 * @param group whose images it shares
 * @param member its place in the group
 * @param future completed from outside, by cancelling it, when the answer is no longer wanted
 * @param closed whether the engine has been closed
 * @param submitted when, in {@link System#nanoTime}
 */
record Submission(
    PageGroup group,
    int member,
    Consumer<String> onText,
    StageObserver observer,
    CompletableFuture<Answer> future,
    BooleanSupplier closed,
    long submitted) {

  Request request() {
    return group.request(member);
  }

  boolean watched() {
    return observer != StageObserver.NONE;
  }

  boolean stopped() {
    return closed.getAsBoolean() || future.isDone();
  }

  void requireWanted() {
    if (stopped()) {
      throw new CancellationException("the request is no longer wanted");
    }
  }

  void fail(Throwable error) {
    future.completeExceptionally(closed.getAsBoolean() ? Errors.closed() : error);
  }
}
