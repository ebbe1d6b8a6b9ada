package io.xcomposer.spark.quarantine;

import java.util.HashMap;
import java.util.Map;
import java.util.OptionalLong;
import java.util.function.BooleanSupplier;
import org.apache.spark.TaskKilledException;

/**
 * Says of other processes whether they are alive: the file of one that is changes. Compares one
 * look at a file with the next, never two clocks. Used by one task's thread.
 */
final class Witness {
  private record Sighting(OptionalLong lastWritten, long nanos) {}

  private final QuarantineFolder folder;
  private final Presence presence;
  private final BooleanSupplier killed;
  private final Map<String, Sighting> sightings = new HashMap<>();

  /**
   * A witness that has seen nothing yet.
   *
   * @param killed ends all waiting
   */
  Witness(QuarantineFolder folder, Presence presence, BooleanSupplier killed) {
    this.folder = folder;
    this.presence = presence;
    this.killed = killed;
  }

  /**
   * Whether a process is dead or has left the folder. Waits until that is sure: seconds for a dead
   * one.
   */
  boolean isGone(String process) {
    if (process.equals(presence.process())) {
      return false;
    }
    Sighting first = look(process);
    while (true) {
      OptionalLong lastWritten = folder.lastWritten(Presence.file(process));
      if (!lastWritten.equals(first.lastWritten())) {
        sightings.remove(process);
        return false;
      }
      long patience = lastWritten.isPresent() ? presence.patience().toNanos() : 0;
      if (System.nanoTime() - first.nanos() > patience) {
        // Others need not wait again.
        folder.delete(Presence.file(process));
        return true;
      }
      pause();
    }
  }

  private Sighting look(String process) {
    return sightings.computeIfAbsent(
        process,
        any -> new Sighting(folder.lastWritten(Presence.file(process)), System.nanoTime()));
  }

  private void pause() {
    if (killed.getAsBoolean()) {
      throw new TaskKilledException("killed while waiting for news of another executor");
    }
    try {
      Thread.sleep(Math.max(1, presence.beat().toMillis() / 4));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted while waiting for news of another executor");
    }
  }
}
