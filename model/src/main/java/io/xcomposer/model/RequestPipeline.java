package io.xcomposer.model;

import java.util.List;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;

/**
 * Two threads in a row: one prepares requests, one owns the model. While one request is with the
 * model one more is prepared, so that images are decoded ahead and memory stays bounded.
 */
final class RequestPipeline implements AutoCloseable {
  /** Requests whose pixels are in memory: one with the model, one ready behind it. */
  private static final int PREPARED = 2;

  private final ExecutorService preparation = thread("xcomposer-prepare");
  private final ExecutorService model = thread("xcomposer-model");
  private final Semaphore room = new Semaphore(PREPARED);
  private volatile boolean closed;

  private static ExecutorService thread(String name) {
    return Executors.newSingleThreadExecutor(
        task -> {
          Thread thread = new Thread(task, name);
          thread.setDaemon(true);
          return thread;
        });
  }

  /** The stage that the model runs. */
  @FunctionalInterface
  interface Run<P, R> {
    /**
     * Answers what was prepared.
     *
     * @param stopped true once the answer is no longer wanted: cancelled, or the pipeline closed
     */
    R apply(P prepared, BooleanSupplier stopped);
  }

  /** Both stages of a request. */
  record Work<P, R>(Supplier<P> prepare, Run<P, R> run) {}

  /** {@link #submitTogether} of one request. */
  <P, R> CompletableFuture<R> submit(Supplier<P> prepare, Run<P, R> run) {
    return submitTogether(List.of(new Work<>(prepare, run)), () -> {}).get(0);
  }

  /**
   * Runs both stages of requests that belong together, with no other request between them; an error
   * of either stage completes that future exceptionally. A future that is completed from outside,
   * by cancelling it, is not worked for any more. All of them have room for {@value #PREPARED} at a
   * time, like the requests of others.
   *
   * @param afterwards runs on the model's thread behind the last of them, whatever became of it
   */
  <P, R> List<CompletableFuture<R>> submitTogether(List<Work<P, R>> works, Runnable afterwards) {
    List<CompletableFuture<R>> futures =
        works.stream().map(work -> new CompletableFuture<R>()).toList();
    try {
      preparation.execute(
          () -> {
            for (int i = 0; i < works.size(); i++) {
              prepareAndHandOver(works.get(i), futures.get(i));
            }
            model.execute(afterwards);
          });
    } catch (RejectedExecutionException e) {
      futures.forEach(future -> future.completeExceptionally(closedError()));
    }
    return futures;
  }

  private <P, R> void prepareAndHandOver(Work<P, R> work, CompletableFuture<R> future) {
    room.acquireUninterruptibly();
    try {
      requireWanted(future);
      P prepared = work.prepare().get();
      BooleanSupplier stopped = () -> closed || future.isDone();
      model.execute(() -> complete(() -> work.run().apply(prepared, stopped), future));
    } catch (RuntimeException | Error e) {
      room.release();
      future.completeExceptionally(e);
    }
  }

  private <R> void complete(Supplier<R> run, CompletableFuture<R> future) {
    try {
      requireWanted(future);
      future.complete(run.get());
    } catch (RuntimeException | Error e) {
      future.completeExceptionally(closed ? closedError() : e);
    } finally {
      room.release();
    }
  }

  private void requireWanted(CompletableFuture<?> future) {
    if (closed) {
      throw closedError();
    }
    if (future.isDone()) {
      throw new CancellationException("the request is no longer wanted");
    }
  }

  private static XComposerException closedError() {
    return Errors.device("the engine has been closed", "open a new engine", null);
  }

  /** The request that is running ends at its next step, like those behind it, with an error. */
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
