package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import java.io.IOException;
import java.util.Set;
import java.util.TreeSet;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;

/**
 * A folder of files that jobs commit with Hadoop's file output committer, algorithm 1: tasks write
 * below {@code _temporary}, and the driver moves the files of the tasks that count up, one by one.
 * A file that has been moved is whole; a driver that is killed meanwhile leaves some moved and some
 * not. What it leaves below {@code _temporary} must be gone before the next job, because that would
 * take it for its own and move it up as well.
 */
final class CommittedFiles {
  private static final String TEMPORARY = "_temporary";
  private static final String SUCCESS = "_SUCCESS";
  private static final String NOTES = "_xcomposer";

  private final String name;
  private final Path folder;
  private final Configuration hadoop;

  /**
   * Looks at nothing yet.
   *
   * @param name the folder as the user knows it, for messages
   */
  CommittedFiles(String name, Path folder, Configuration hadoop) {
    this.name = name;
    this.folder = folder;
    this.hadoop = hadoop;
  }

  private interface Access<T> {
    T run(FileSystem files) throws IOException;
  }

  private <T> T access(Access<T> access) {
    try {
      return access.run(folder.getFileSystem(hadoop));
    } catch (IOException | IllegalArgumentException e) {
      throw Errors.input(
          name + " cannot be used: " + e.getMessage(),
          "check the path and the right to write there",
          e);
    }
  }

  boolean exists() {
    return access(files -> files.exists(folder));
  }

  /** Whether there is any file that a reader would see. */
  boolean hasFiles() {
    return !all().isEmpty();
  }

  /** All files that a reader would see. */
  Set<String> all() {
    return access(
        files -> {
          Set<String> all = new TreeSet<>();
          add(files, folder, all);
          return all;
        });
  }

  private static void add(FileSystem files, Path folder, Set<String> all) throws IOException {
    if (!files.exists(folder)) {
      return;
    }
    for (FileStatus status : files.listStatus(folder)) {
      String name = status.getPath().getName();
      boolean hidden = name.startsWith(".") || (name.startsWith("_") && !name.contains("="));
      if (!hidden && status.isFile()) {
        all.add(status.getPath().toString());
      } else if (!hidden) {
        add(files, status.getPath(), all);
      }
    }
  }

  void remove() {
    access(files -> files.delete(folder, true));
  }

  /** Removes what was not committed, and the mark of a job that was whole. */
  void removeLeftovers() {
    access(
        files ->
            files.delete(new Path(folder, TEMPORARY), true)
                | files.delete(new Path(folder, SUCCESS), false));
  }

  /** Marks the output as whole, as Hadoop's own jobs do. */
  void markComplete() {
    access(
        files -> {
          files.create(new Path(folder, SUCCESS), true).close();
          return null;
        });
  }

  /** A folder for what goes with the output; readers skip it, as all that begins so. */
  Path notes() {
    return new Path(folder, NOTES);
  }
}
