package io.xcomposer.model;

import java.util.concurrent.Semaphore;

/**
 * How much memory prepared pages may take that the model has not looked at: who has none left waits
 * in line. A page that is larger than all of it gets it all.
 */
final class LookAhead implements AutoCloseable {
  private static final long UNIT_BYTES = 1 << 16;

  private final int units;
  private final Semaphore room;
  private boolean closed;

  LookAhead(long bytes) {
    units = Math.toIntExact(Math.max(1, bytes / UNIT_BYTES));
    room = new Semaphore(units, true);
  }

  /** Waits for room; the caller gives it back by running what is returned, once. */
  Runnable acquire(long bytes) {
    int wanted = (int) Math.min(units, 1 + bytes / UNIT_BYTES);
    room.acquireUninterruptibly(wanted);
    return () -> room.release(wanted);
  }

  /** From now on nobody waits. */
  @Override
  public void close() {
    if (!closed) {
      closed = true;
      room.release(1 << 30);
    }
  }
}
