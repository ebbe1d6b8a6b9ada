package io.xcomposer.spark.quarantine;

import java.time.Duration;
import java.util.HashMap;
import java.util.Map;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Shows others that this process is alive: as long as a folder may hold marks of it, a file with
 * its name there is written again every few seconds. {@link Witness} is who looks.
 */
public final class Presence {
  private static final Logger LOG = LoggerFactory.getLogger(Presence.class);
  private static final Duration BEAT = Duration.ofSeconds(2);

  /** Longer than the pauses of a collector and the slow moments of a file system. */
  private static final Duration PATIENCE = Duration.ofSeconds(12);

  private static final long MAX_CLOSE_SECONDS = 60;

  private static final class Membership {
    private int journals;
    private ScheduledFuture<?> heartbeat;
  }

  private final String process = Mark.newProcess();
  private final Duration beat;
  private final Duration patience;
  private final Map<String, Membership> memberships = new HashMap<>();
  private ScheduledExecutorService thread;

  /** A process that has joined no folder. */
  public Presence() {
    this(BEAT, PATIENCE);
  }

  /**
   * As {@link #Presence()}, at another pace.
   *
   * @param beat time between two signs of life
   * @param patience time without one after which another process is taken for dead
   */
  public Presence(Duration beat, Duration patience) {
    this.beat = beat;
    this.patience = patience;
  }

  /** The name that the marks of this process have. */
  String process() {
    return process;
  }

  /** Shows this process in a folder until {@link #leave}. */
  synchronized void join(QuarantineFolder folder) {
    Membership membership = memberships.get(folder.path());
    if (membership == null) {
      Membership joined = new Membership();
      touch(folder);
      joined.heartbeat =
          thread()
              .scheduleWithFixedDelay(
                  () -> quietly(() -> touch(folder)),
                  beat.toMillis(),
                  beat.toMillis(),
                  TimeUnit.MILLISECONDS);
      memberships.put(folder.path(), joined);
      membership = joined;
    }
    membership.journals++;
  }

  private void touch(QuarantineFolder folder) {
    folder.write(file(process), "");
  }

  /** Ends one {@link #join}, behind all that was handed to {@link #later} before. */
  synchronized void leave(QuarantineFolder folder) {
    Membership membership = memberships.get(folder.path());
    if (--membership.journals == 0) {
      membership.heartbeat.cancel(false);
      memberships.remove(folder.path());
      later(() -> removeUnlessBack(folder));
    }
  }

  private synchronized void removeUnlessBack(QuarantineFolder folder) {
    if (!memberships.containsKey(folder.path())) {
      folder.delete(file(process));
    }
  }

  /** Writes to a folder behind the back of a caller that must not wait. */
  void later(Runnable work) {
    thread().execute(() -> quietly(work));
  }

  /** Waits until all that was handed to {@link #later} is done, interrupted or not. */
  void settle() {
    Future<?> last = thread().submit(() -> {});
    boolean interrupted = false;
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(MAX_CLOSE_SECONDS);
    while (true) {
      try {
        last.get(end - System.nanoTime(), TimeUnit.NANOSECONDS);
        break;
      } catch (InterruptedException e) {
        interrupted = true; // the marks have to go, or their rows would be suspected
      } catch (ExecutionException | TimeoutException e) {
        LOG.warn("The quarantine folder is slow; rows that are done may be suspected", e);
        break;
      }
    }
    if (interrupted) {
      Thread.currentThread().interrupt();
    }
  }

  private static void quietly(Runnable work) {
    try {
      work.run();
    } catch (RuntimeException e) {
      LOG.warn("Rows that are done may be suspected: {}", e.getMessage());
    }
  }

  private synchronized ScheduledExecutorService thread() {
    if (thread == null) {
      thread =
          Executors.newSingleThreadScheduledExecutor(
              task -> {
                Thread made = new Thread(task, "xcomposer-quarantine");
                made.setDaemon(true);
                return made;
              });
    }
    return thread;
  }

  /** The file that shows a process. */
  static String file(String process) {
    return "process-" + process;
  }

  /** How often the file of a process changes. */
  Duration beat() {
    return beat;
  }

  /** How long a file may stand still. */
  Duration patience() {
    return patience;
  }
}
