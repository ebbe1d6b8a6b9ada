package io.xcomposer.spark.quarantine;

import java.time.Duration;
import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.OptionalLong;
import java.util.Set;
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
  private final Set<String> gone = new HashSet<>();

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
    while (!gone.contains(process)) {
      OptionalLong lastWritten = folder.lastWritten(Presence.file(process));
      Sighting first =
          sightings.computeIfAbsent(process, any -> new Sighting(lastWritten, System.nanoTime()));
      if (lastWritten.equals(first.lastWritten())) {
        bury(process, first);
      } else if (lastWritten.isPresent()) {
        sightings.remove(process);
        return false;
      } else {
        sightings.put(process, new Sighting(lastWritten, System.nanoTime()));
      }
    }
    return true;
  }

  /** Once it has not changed for long enough; waits a little otherwise. */
  private void bury(String process, Sighting first) {
    // A file that is being written again may be away for a moment.
    Duration patience = first.lastWritten().isPresent() ? presence.patience() : pace();
    if (System.nanoTime() - first.nanos() > patience.toNanos()) {
      gone.add(process);
      // Others need not wait as long.
      folder.delete(Presence.file(process));
    } else {
      pause();
    }
  }

  private Duration pace() {
    return presence.beat().compareTo(presence.patience()) < 0
        ? presence.beat()
        : presence.patience();
  }

  private void pause() {
    if (killed.getAsBoolean()) {
      throw new TaskKilledException("killed while waiting for news of another executor");
    }
    try {
      Thread.sleep(Math.max(1, pace().toMillis() / 4));
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new TaskKilledException("interrupted while waiting for news of another executor");
    }
  }
}
