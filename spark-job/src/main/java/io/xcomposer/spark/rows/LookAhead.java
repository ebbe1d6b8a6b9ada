package io.xcomposer.spark.rows;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.XComposerException.Fault;
import java.io.Serializable;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.NoSuchElementException;
import java.util.Queue;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.function.BooleanSupplier;
import java.util.function.LongConsumer;
import org.apache.spark.TaskKilledException;

/**
 * The outcomes of a stream of rows, in its order. So many rows are with the engine at a time that
 * it always has work, and so few that a partition is never held in memory: both their number and
 * the bytes of their images are bounded. A row that is over the bytes by itself goes alone.
 *
 * <p>Used by one thread, the task's.
 *
 * @param <R> what the caller keeps of a row until it is answered
 */
public final class LookAhead<R> implements Iterator<LookAhead.Answered<R>>, AutoCloseable {
  /** How often a waiting task looks whether it has been killed. */
  private static final long KILL_CHECK_MILLIS = 200;

  /**
   * How far a task goes ahead of the engine.
   *
   * @param rows that it has handed over and not yet got back, at least 1
   * @param bytes of their images
   */
  public record Bounds(int rows, long bytes) implements Serializable {}

  /** A row that has been read and not yet been asked about. */
  public interface Work<R> {
    /** What is to be had back with the outcomes; owned by whoever holds this. */
    R row();

    /** Bytes that the row keeps in memory. */
    long bytes();

    /** Hands the row's questions over; called once. */
    List<CompletableFuture<Outcome>> submit();
  }

  /** A row and what came of each of its questions, in their order. */
  public record Answered<R>(R row, List<Outcome> outcomes) {}

  private record InFlight<R>(R row, long bytes, List<CompletableFuture<Outcome>> outcomes) {}

  private final Iterator<? extends Work<R>> rows;
  private final Bounds bounds;
  private final BooleanSupplier killed;
  private final LongConsumer waitedNanos;
  private final Queue<InFlight<R>> inFlight = new ArrayDeque<>();
  private long bytesInFlight;
  private Work<R> next;

  /**
   * Over rows that are read as they are needed.
   *
   * @param killed whether the task is to end
   * @param waitedNanos gets the time that {@link #next} spent waiting for the engine
   */
  public LookAhead(
      Iterator<? extends Work<R>> rows,
      Bounds bounds,
      BooleanSupplier killed,
      LongConsumer waitedNanos) {
    this.rows = rows;
    this.bounds = bounds;
    this.killed = killed;
    this.waitedNanos = waitedNanos;
  }

  @Override
  public boolean hasNext() {
    return !inFlight.isEmpty() || next != null || rows.hasNext();
  }

  @Override
  public Answered<R> next() {
    while (mayHandOver()) {
      InFlight<R> row = new InFlight<>(next.row(), next.bytes(), next.submit());
      next = null;
      bytesInFlight += row.bytes();
      inFlight.add(row);
    }
    InFlight<R> first = inFlight.peek();
    if (first == null) {
      throw new NoSuchElementException("all rows of the partition are answered");
    }
    long start = System.nanoTime();
    List<Outcome> outcomes = new ArrayList<>(first.outcomes().size());
    for (CompletableFuture<Outcome> outcome : first.outcomes()) {
      outcomes.add(await(outcome));
    }
    waitedNanos.accept(System.nanoTime() - start);
    inFlight.remove();
    bytesInFlight -= first.bytes();
    return new Answered<>(first.row(), outcomes);
  }

  /** Reads the next row where there is room for one; whether there is room for that one. */
  private boolean mayHandOver() {
    if (inFlight.size() >= bounds.rows() || bytesInFlight >= bounds.bytes()) {
      return inFlight.isEmpty() && readNext();
    }
    return readNext() && (inFlight.isEmpty() || next.bytes() <= bounds.bytes() - bytesInFlight);
  }

  private boolean readNext() {
    if (next == null && rows.hasNext()) {
      next = rows.next();
    }
    return next != null;
  }

  private Outcome await(CompletableFuture<Outcome> outcome) {
    while (true) {
      try {
        return outcome.get(KILL_CHECK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (killed.getAsBoolean()) {
          throw new TaskKilledException("killed while waiting for an answer");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TaskKilledException("interrupted while waiting for an answer");
      } catch (ExecutionException e) {
        return failure(e.getCause());
      } catch (CancellationException e) {
        return failure(e);
      }
    }
  }

  /** What a row is to say; a failure of the whole engine is thrown instead. */
  static Outcome failure(Throwable cause) {
    if (cause instanceof XComposerException known && known.kind().fault() == Fault.ENGINE) {
      throw known;
    }
    if (cause instanceof Exception) {
      return new Outcome.Failed(RowError.of(cause), 0);
    }
    throw new IllegalStateException("the engine failed", cause);
  }

  /** Gives up what is not answered yet: the task has ended. */
  @Override
  public void close() {
    for (InFlight<R> left : inFlight) {
      left.outcomes().forEach(outcome -> outcome.cancel(true));
    }
    inFlight.clear();
    next = null;
  }
}
