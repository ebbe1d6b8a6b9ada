package io.xcomposer.spark.job;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.XComposerException;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import org.apache.spark.TaskKilledException;
import org.apache.spark.sql.Row;

/**
 * The answers to a stream of rows, in its order. At most {@code lookAhead} rows are with the engine
 * at a time, so that it always has work and a partition is never held in memory. The rows that
 * Spark's typed operators hand over are fresh objects: they need no copy.
 *
 * <p>Used by one thread, the task's.
 */
final class LookAhead implements Iterator<Row>, AutoCloseable {
  /** How often a waiting task looks whether it has been killed. */
  private static final long KILL_CHECK_MILLIS = 200;

  private record Pending(Row row, CompletableFuture<Answer> answer) {}

  private final Iterator<Row> rows;
  private final Engine engine;
  private final RowCodec codec;
  private final int lookAhead;
  private final Tally tally;
  private final BooleanSupplier killed;
  private final Queue<Pending> pending = new ArrayDeque<>();

  LookAhead(
      Iterator<Row> rows,
      Engine engine,
      RowCodec codec,
      int lookAhead,
      Tally tally,
      BooleanSupplier killed) {
    this.rows = rows;
    this.engine = engine;
    this.codec = codec;
    this.lookAhead = lookAhead;
    this.tally = tally;
    this.killed = killed;
  }

  @Override
  public boolean hasNext() {
    return !pending.isEmpty() || rows.hasNext();
  }

  @Override
  public Row next() {
    while (pending.size() < lookAhead && rows.hasNext()) {
      Row row = rows.next();
      pending.add(new Pending(row, submit(row)));
    }
    Pending first = pending.poll();
    if (first == null) {
      throw new NoSuchElementException("all rows of the partition are answered");
    }
    return finished(first);
  }

  private CompletableFuture<Answer> submit(Row row) {
    try {
      return engine.submit(codec.request(row));
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  private Row finished(Pending first) {
    try {
      Answer answer = await(first.answer());
      tally.answered(answer);
      return codec.answered(first.row(), answer);
    } catch (ExecutionException e) {
      tally.failed();
      return codec.failed(first.row(), rowError(e.getCause()));
    }
  }

  private Answer await(CompletableFuture<Answer> answer) throws ExecutionException {
    while (true) {
      try {
        return answer.get(KILL_CHECK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (killed.getAsBoolean()) {
          throw new TaskKilledException("killed while waiting for an answer");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TaskKilledException("interrupted while waiting for an answer");
      } catch (CancellationException e) {
        throw new ExecutionException(e);
      }
    }
  }

  /** What the row is to say; a failure of the whole engine is thrown instead. */
  private static Exception rowError(Throwable cause) {
    if (cause instanceof XComposerException known) {
      switch (known.kind()) {
        case DEVICE, CHECKPOINT -> throw known;
        default -> {
          return known;
        }
      }
    }
    if (cause instanceof Exception unexpected) {
      return unexpected;
    }
    throw new IllegalStateException("the engine failed", cause);
  }

  /** Gives up what is not answered yet: the task has ended. */
  @Override
  public void close() {
    for (Pending left : pending) {
      left.answer().cancel(true);
    }
    pending.clear();
  }
}
