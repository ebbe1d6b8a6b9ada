package io.xcomposer.spark.quarantine;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import java.io.FileNotFoundException;
import java.io.IOException;
import java.io.OutputStream;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;
import java.util.UUID;
import org.apache.hadoop.conf.Configuration;
import org.apache.hadoop.fs.FileStatus;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.hadoop.fs.RemoteIterator;
import org.apache.spark.util.SerializableConfiguration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The folder of {@code spark.xcomposer.quarantine.dir}. Anyone may have put anything there: only
 * names of our form are looked at, and never more than a fixed number of them.
 *
 * @param path on any Hadoop file system that all executors share
 */
public record QuarantineFolder(String path, SerializableConfiguration hadoop)
    implements Serializable {
  private static final Logger LOG = LoggerFactory.getLogger(QuarantineFolder.class);

  /** Files that are looked at, so that a full folder cannot fill the heap. */
  private static final int MAX_FILES = 20_000;

  /** The folder at a path, with the configuration of its file system. */
  public static QuarantineFolder at(String path, Configuration hadoop) {
    return new QuarantineFolder(path, new SerializableConfiguration(hadoop));
  }

  /**
   * Makes the folder and writes to it, on the driver before anything is scheduled.
   *
   * @throws XComposerException when that is not possible
   */
  public void check() {
    String probe = "probe-" + UUID.randomUUID();
    write(probe, "");
    delete(probe);
  }

  /** Names of all marks. Empty when there is no folder yet. */
  List<Mark> marks() {
    List<Mark> marks = new ArrayList<>();
    try {
      RemoteIterator<FileStatus> files = fileSystem().listStatusIterator(new Path(path));
      int seen = 0;
      while (files.hasNext()) {
        if (++seen > MAX_FILES) {
          LOG.warn("{} has more than {} files; the others are left out", path, MAX_FILES);
          break;
        }
        Mark.parse(files.next().getPath().getName()).ifPresent(marks::add);
      }
    } catch (FileNotFoundException e) {
      return List.of();
    } catch (IOException | IllegalArgumentException e) {
      throw broken("listed", e);
    }
    return marks;
  }

  /** How many times a row was in work when its process went down, as far as is recorded. */
  public long crashes() {
    return marks().stream().filter(mark -> mark.stage() == Mark.Stage.CRASH).count();
  }

  void write(String name, String content) {
    try (OutputStream out = fileSystem().create(file(name), true)) {
      out.write(content.getBytes(UTF_8));
    } catch (IOException | IllegalArgumentException e) {
      throw broken("written", e);
    }
  }

  void delete(String name) {
    try {
      fileSystem().delete(file(name), false);
    } catch (IOException | IllegalArgumentException e) {
      throw broken("written", e);
    }
  }

  boolean exists(String name) {
    return lastWritten(name).isPresent();
  }

  /** When a file was written last, by the clock of its file system; empty when it is not there. */
  OptionalLong lastWritten(String name) {
    try {
      return OptionalLong.of(fileSystem().getFileStatus(file(name)).getModificationTime());
    } catch (FileNotFoundException e) {
      return OptionalLong.empty();
    } catch (IOException | IllegalArgumentException e) {
      throw broken("read", e);
    }
  }

  private Path file(String name) {
    return new Path(path, name);
  }

  private FileSystem fileSystem() throws IOException {
    return new Path(path).getFileSystem(hadoop.value());
  }

  private XComposerException broken(String verb, Exception cause) {
    return Errors.input(
        "spark.xcomposer.quarantine.dir = "
            + path
            + " cannot be "
            + verb
            + ": "
            + cause.getMessage(),
        "give a folder that the driver and all executors may write to, or leave the key out",
        cause);
  }
}
