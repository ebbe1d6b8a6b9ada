package io.xcomposer.spark.quarantine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.xcomposer.spark.quarantine.Mark.Company;
import io.xcomposer.spark.quarantine.Mark.Stage;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.HexFormat;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.function.BooleanSupplier;

/**
 * What one task attempt knows of its rows, and what it leaves behind for the next: a mark for each
 * row in work. Rows are known by their keys, so that a job that is submitted again still knows.
 *
 * <p>Used by one task's thread; {@link Entry} by any.
 */
public final class RowJournal implements AutoCloseable {
  private static final int MAX_KEY_CHARACTERS = 200;

  private final QuarantineFolder folder;
  private final Presence presence;
  private final Witness witness;
  private final int crashesToSetAside;
  private final Map<String, List<Mark>> marks = new HashMap<>();
  private final Set<Entry> open = ConcurrentHashMap.newKeySet();
  private boolean joined;

  /**
   * Reads the folder as it is at the start of an attempt.
   *
   * @param attempts that a row gets: the one whose crash nobody recorded, and those behind it
   * @param killed ends all waiting
   * @throws io.xcomposer.model.XComposerException when the folder cannot be read
   */
  public RowJournal(
      QuarantineFolder folder, Presence presence, int attempts, BooleanSupplier killed) {
    this.folder = folder;
    this.presence = presence;
    witness = new Witness(folder, presence, killed);
    crashesToSetAside = Math.max(1, attempts - 1);
    for (Mark mark : folder.marks()) {
      if (!mark.process().equals(presence.process()) || mark.stage() == Stage.CRASH) {
        marks.computeIfAbsent(mark.row(), row -> new ArrayList<>()).add(mark);
      }
    }
  }

  /** Whether there is nothing in the folder, so that no row's key has to be known. */
  public boolean isEmpty() {
    return marks.isEmpty();
  }

  /**
   * What is known of a row. Waits for news of the process that it was in work in, if there is one.
   */
  public Standing standing(String key) {
    List<Mark> known = marks.get(hash(key));
    if (known == null) {
      return new Standing.Clear();
    }
    settleWork(key, known);
    Set<String> processes = new HashSet<>();
    boolean alone = false;
    for (Mark crash : known) {
      processes.add(crash.process());
      alone |= crash.company() == Company.ALONE;
    }
    if (processes.isEmpty()) {
      return new Standing.Clear();
    }
    return alone && processes.size() >= crashesToSetAside
        ? new Standing.SetAside(processes.size(), "crash-" + hash(key))
        : new Standing.Suspect();
  }

  /** Turns marks of rows in work into crashes, or drops those of processes that are alive. */
  private void settleWork(String key, List<Mark> known) {
    List<Mark> crashes = new ArrayList<>();
    for (Iterator<Mark> each = known.iterator(); each.hasNext(); ) {
      Mark mark = each.next();
      if (mark.stage() == Stage.WORK) {
        each.remove();
        if (witness.isGone(mark.process()) && hasCrashed(key, mark)) {
          crashes.add(mark.crashed());
        }
      }
    }
    known.addAll(crashes);
  }

  /** Of a process that is gone: a row that was done has no mark any more. */
  private boolean hasCrashed(String key, Mark mark) {
    if (folder.exists(mark.name())) {
      recordCrash(key, mark);
      return true;
    }
    return folder.exists(mark.crashed().name());
  }

  private void recordCrash(String key, Mark mark) {
    folder.write(mark.crashed().name(), content(key));
    folder.delete(mark.name());
  }

  /**
   * Records that a row is in work, beside others or alone.
   *
   * @throws io.xcomposer.model.XComposerException when the folder cannot be written
   */
  public Entry beside(String key) {
    return enter(key, Company.SHARED);
  }

  /** As {@link #beside}, for a row that has the process to itself. */
  public Entry alone(String key) {
    return enter(key, Company.ALONE);
  }

  private Entry enter(String key, Company company) {
    if (!joined) {
      presence.join(folder);
      joined = true;
    }
    Mark mark = new Mark(Stage.WORK, hash(key), company, presence.process());
    folder.write(mark.name(), content(key));
    Entry entry = new Entry(key, mark, List.copyOf(marks.getOrDefault(mark.row(), List.of())));
    open.add(entry);
    return entry;
  }

  /** A row in work. Each of its ends is said once; the folder follows on another thread. */
  public final class Entry {
    private final String key;
    private final Mark mark;
    private final List<Mark> earlier;

    private Entry(String key, Mark mark, List<Mark> earlier) {
      this.key = key;
      this.mark = mark;
      this.earlier = earlier;
    }

    /**
     * The row has an answer or an error, and nothing is held against it any more.
     *
     * @param then follows when the folder says so too
     */
    public void done(Runnable then) {
      end(
          () -> {
            folder.delete(mark.name());
            // Another process may have taken this one for dead.
            folder.delete(mark.crashed().name());
            earlier.forEach(crash -> folder.delete(crash.name()));
          },
          then);
    }

    /** The row was given up before it was done. */
    public void givenUp(Runnable then) {
      end(() -> folder.delete(mark.name()), then);
    }

    /** The engine failed with this row in work: as if the process had gone down. */
    public void crashed(Runnable then) {
      end(
          () -> {
            folder.write(mark.crashedEngine().name(), content(key));
            folder.delete(mark.name());
          },
          then);
    }

    private void end(Runnable write, Runnable then) {
      if (!open.remove(this)) {
        then.run();
        return;
      }
      presence.later(
          () -> {
            try {
              write.run();
            } finally {
              then.run();
            }
          });
    }
  }

  /** Takes back the marks of rows that are given up; waits until the folder says so. */
  @Override
  public void close() {
    open.forEach(entry -> entry.givenUp(() -> {}));
    if (joined) {
      presence.leave(folder);
      presence.settle();
      joined = false;
    }
  }

  private static String hash(String key) {
    try {
      return HexFormat.of()
          .formatHex(MessageDigest.getInstance("SHA-256").digest(key.getBytes(UTF_8)));
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  /** For people who look into the folder; never read back. */
  private static String content(String key) {
    String start = key.substring(0, Math.min(key.length(), MAX_KEY_CHARACTERS));
    return "key: " + start.replaceAll("\\p{Cntrl}", " ") + "\ntime: " + Instant.now() + "\n";
  }
}
