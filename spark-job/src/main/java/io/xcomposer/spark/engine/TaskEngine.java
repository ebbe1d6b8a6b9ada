package io.xcomposer.spark.engine;

import io.xcomposer.model.Request;
import io.xcomposer.spark.quarantine.RowJournal;
import io.xcomposer.spark.rows.Outcome;
import io.xcomposer.spark.rows.RowSubmitter;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.Supplier;
import org.apache.spark.TaskContext;
import org.apache.spark.util.TaskCompletionListener;

/** A task's way to the engine of its executor. Used by the task's thread. */
public final class TaskEngine implements RowSubmitter, AutoCloseable {
  private final ExecutorEngine.Lease lease;
  private final RowJournal journal;
  private final RowSubmitter rows;

  /** The journal is null when rows are not recorded. */
  private TaskEngine(ExecutorEngine.Lease lease, RowJournal journal, RowSubmitter rows) {
    this.lease = lease;
    this.journal = journal;
    this.rows = rows;
  }

  /**
   * Opens the engine of this executor if it is not there yet, and waits for it. What was opened
   * here is closed when the task ends, after what the caller adds to the task's end later.
   *
   * @throws io.xcomposer.model.XComposerException when the device, the checkpoint or the folder of
   *     the quarantine is not to be had
   * @throws org.apache.spark.TaskKilledException when the task is killed meanwhile
   */
  public static TaskEngine open(EnginePlan plan, TaskContext task) {
    TaskDevice device = TaskDevice.ofTask(plan.settings().device(), task);
    TaskEngine opened =
        open(
            ExecutorEngine.ofThisProcess(),
            plan,
            device,
            task.attemptNumber(),
            task::isInterrupted);
    task.addTaskCompletionListener((TaskCompletionListener) ended -> opened.close());
    return opened;
  }

  static TaskEngine open(
      ExecutorEngine engines,
      EnginePlan plan,
      TaskDevice device,
      int attempt,
      BooleanSupplier killed) {
    ExecutorEngine.Lease lease = engines.acquire(plan.on(device), killed);
    try {
      if (plan.reports() != null) {
        plan.reports().add(lease.report());
      }
      RowAttempts attempts = plan.attempts();
      EngineQuestions questions =
          new EngineQuestions(lease, attempts.maximum(), engines.counters());
      RowSubmitter direct = new DirectRows(questions, engines.gate(), killed);
      if (attempts.quarantine() == null) {
        return new TaskEngine(lease, null, direct);
      }
      RowJournal journal =
          new RowJournal(attempts.quarantine(), engines.presence(), attempts.maximum(), killed);
      boolean nothingHappened = attempt == 0 && journal.isEmpty();
      RowSubmitter rows =
          nothingHappened
              ? direct
              : new CarefulRows(
                  questions, engines.gate(), engines.counters(), journal, attempt > 0, killed);
      return new TaskEngine(lease, journal, rows);
    } catch (RuntimeException e) {
      lease.close();
      throw e;
    }
  }

  /** The engine that the task works with. */
  public EngineReport report() {
    return lease.report();
  }

  @Override
  public List<CompletableFuture<Outcome>> submit(Supplier<String> key, List<Request> requests) {
    return rows.submit(key, requests);
  }

  /** Gives the engine back. What is still with it goes on and should have been cancelled before. */
  @Override
  public void close() {
    try {
      if (journal != null) {
        journal.close();
      }
    } finally {
      lease.close();
    }
  }
}
