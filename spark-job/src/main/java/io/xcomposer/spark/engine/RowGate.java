package io.xcomposer.spark.engine;

import java.util.function.BooleanSupplier;
import org.apache.spark.TaskKilledException;

/**
 * Lets the rows of all tasks of a process to the engine: many at a time, or one alone. A row that
 * wants to be alone waits until no other is in work and keeps new ones back meanwhile.
 */
final class RowGate {
  private static final long KILL_CHECK_MILLIS = 200;

  private int inside;
  private int wantAlone;
  private boolean alone;

  /** The right of a row to be in work, until closed by any thread. Closing twice is harmless. */
  final class Pass implements AutoCloseable {
    private boolean closed;

    @Override
    public void close() {
      synchronized (RowGate.this) {
        if (!closed) {
          closed = true;
          inside--;
          alone = false;
          RowGate.this.notifyAll();
        }
      }
    }
  }

  /** Waits while a row is alone in work or wants to be. */
  synchronized Pass enter(BooleanSupplier killed) {
    while (alone || wantAlone > 0) {
      await(killed);
    }
    inside++;
    return new Pass();
  }

  /** Waits until no row is in work. */
  synchronized Pass enterAlone(BooleanSupplier killed) {
    wantAlone++;
    try {
      while (inside > 0) {
        await(killed);
      }
      inside++;
      alone = true;
      return new Pass();
    } finally {
      wantAlone--;
      notifyAll();
    }
  }

  /** Rows in work. */
  synchronized int inside() {
    return inside;
  }

  private void await(BooleanSupplier killed) {
    if (killed.getAsBoolean()) {
      throw new TaskKilledException("killed while waiting for a row that has to be alone");
    }
    try {
      wait(KILL_CHECK_MILLIS);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted while waiting for a row that has to be alone");
    }
  }
}
