package io.xcomposer.model;

import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import java.util.function.Supplier;

/**
 * Two threads in a row: one prepares requests, one owns the model. A few prepared requests wait
 * between them, so that images are decoded while the model works and memory stays bounded.
 */
final class RequestPipeline implements AutoCloseable {
  private static final int PREPARED_AHEAD = 2;

  private final ExecutorService preparation = thread("xcomposer-prepare");
  private final ExecutorService model = thread("xcomposer-model");
  private final Semaphore room = new Semaphore(PREPARED_AHEAD);
  private volatile boolean closed;

  private static ExecutorService thread(String name) {
    return Executors.newSingleThreadExecutor(
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** Runs both stages; an error of either completes the future exceptionally. */
  <P, R> CompletableFuture<R> submit(Supplier<P> prepare, Function<P, R> run) {
    CompletableFuture<R> future = new CompletableFuture<>();
    try {
      preparation.execute(() -> prepareAndHandOver(prepare, run, future));
    } catch (RejectedExecutionException e) {
      future.completeExceptionally(closedError());
    }
    return future;
  }

  private <P, R> void prepareAndHandOver(
      Supplier<P> prepare, Function<P, R> run, CompletableFuture<R> future) {
    room.acquireUninterruptibly();
    try {
      if (closed) {
        throw closedError();
      }
      P prepared = prepare.get();
      model.execute(() -> complete(() -> run.apply(prepared), future));
    } catch (RuntimeException | Error e) {
      room.release();
      future.completeExceptionally(e);
    }
  }

  private <R> void complete(Supplier<R> run, CompletableFuture<R> future) {
    try {
      if (closed) {
        throw closedError();
      }
      future.complete(run.get());
    } catch (RuntimeException | Error e) {
      future.completeExceptionally(e);
    } finally {
      room.release();
    }
  }

  private static XComposerException closedError() {
    return Errors.device("the engine has been closed", "open a new engine", null);
  }

  /** Waits for the request that is running; those behind it end with an error. */
  @Override
  public void close() {
    closed = true;
    preparation.shutdown();
    awaitEnd(preparation);
    model.shutdown();
    awaitEnd(model);
  }

  private static void awaitEnd(ExecutorService executor) {
    boolean interrupted = false;
    while (true) {
      try {
        if (executor.awaitTermination(1, TimeUnit.HOURS)) {
          break;
        }
      } catch (InterruptedException e) {
        interrupted = true; // memory may be freed only when the model has stopped using it
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
