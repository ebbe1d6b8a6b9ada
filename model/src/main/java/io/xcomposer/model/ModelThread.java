package io.xcomposer.model;

import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;

/** The one thread that owns the model: it works step by step, and takes in tasks between steps. */
final class ModelThread implements AutoCloseable {
  /** What there is to do; called on the model's thread only. */
  interface Work {
    /** Whether there is nothing to do until a task comes in. */
    boolean idle();

    /** Does some of it. */
    void step();

    /** Ends all of it with an error. */
    void fail(Throwable error);
  }

  private final Work work;
  private final BlockingQueue<Runnable> tasks = new LinkedBlockingQueue<>();
  private final Thread thread = new Thread(this::run, "xcomposer-model");
  private volatile boolean closed;

  ModelThread(Work work) {
    this.work = work;
    thread.setDaemon(true);
    thread.start();
  }

  /** Runs a task between two steps, in the order of these calls. */
  void execute(Runnable task) {
    tasks.add(task);
  }

  private void run() {
    while (!closed) {
      try {
        Runnable task = work.idle() ? tasks.take() : tasks.poll();
        if (task != null) {
          task.run();
        } else {
          work.step();
        }
      } catch (InterruptedException | RuntimeException | Error e) {
        work.fail(e); // nobody interrupts this thread; whatever it is, those who wait must know
      }
    }
    tasks.forEach(Runnable::run);
    work.fail(Errors.closed());
  }

  /** Refuses to be called on the model's thread, which cannot wait for its own end. */
  void requireOtherThread() {
    if (Thread.currentThread() == thread) {
      throw new IllegalStateException("an engine cannot be closed from the thread of its answers");
    }
  }

  /** Ends the work at its next step. */
  @Override
  public void close() {
    closed = true;
    execute(() -> {});
    boolean interrupted = false;
    while (thread.isAlive()) {
      try {
        thread.join();
      } catch (InterruptedException e) {
        interrupted = true; // memory may be freed only when the model has stopped using it
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }
}
