package io.xcomposer.spark.quarantine;

import java.util.Locale;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A file of the folder, all of it in its name.
 *
 * @param stage whether the row is in work, or was when its process went down
 * @param row hash of the row's key
 * @param company whether other rows were in work in the process
 * @param process in which the row was in work
 */
record Mark(Stage stage, String row, Company company, String process) {

  /** What has become of the row. */
  enum Stage {
    WORK,
    CRASH
  }

  /** Whether a crash could be another row's doing. */
  enum Company {
    SHARED,
    ALONE
  }

  private static final Pattern NAME =
      Pattern.compile("(work|crash)-([0-9a-f]{64})-(shared|alone)-([0-9a-f]{32})");

  /** The mark that a file name is; empty for a file that is none of ours. */
  static Optional<Mark> parse(String name) {
    Matcher parts = NAME.matcher(name);
    return parts.matches()
        ? Optional.of(
            new Mark(
                Stage.valueOf(parts.group(1).toUpperCase(Locale.ROOT)),
                parts.group(2),
                Company.valueOf(parts.group(3).toUpperCase(Locale.ROOT)),
                parts.group(4)))
        : Optional.empty();
  }

  String name() {
    return (stage + "-" + row + "-" + company + "-" + process).toLowerCase(Locale.ROOT);
  }

  /** What it becomes when its process is dead. */
  Mark crashed() {
    return new Mark(Stage.CRASH, row, company, process);
  }

  /** What it becomes when an engine of its process failed, which may happen again in the same. */
  Mark crashedEngine() {
    return new Mark(Stage.CRASH, row, company, newProcess());
  }

  /** A name that no process has. */
  static String newProcess() {
    return UUID.randomUUID().toString().replace("-", "");
  }
}
