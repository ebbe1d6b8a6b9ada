package io.xcomposer.spark.cluster;

import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.function.Supplier;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/** A process of its own with its output in files, which is gone with all its children on close. */
final class ClusterProcess implements AutoCloseable {
  /** Enough for a JVM to start on a machine that does much else. */
  static final Duration PATIENCE = Duration.ofMinutes(3);

  private final String name;
  private final Process process;
  private final Path out;
  private final Path err;

  private ClusterProcess(String name, Process process, Path out, Path err) {
    this.name = name;
    this.process = process;
    this.out = out;
    this.err = err;
  }

  /**
   * Starts a command.
   *
   * @param folder where it runs and where its output lies
   * @param environment set over that of this process, whose Spark variables are left out
   */
  static ClusterProcess start(
      String name, Path folder, List<String> command, Map<String, String> environment)
      throws IOException {
    Path out = folder.resolve(name + ".out");
    Path err = folder.resolve(name + ".err");
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectInput(new File("/dev/null"))
            .redirectOutput(out.toFile())
            .redirectError(err.toFile());
    builder.environment().keySet().removeIf(key -> key.startsWith("SPARK_"));
    builder.environment().putAll(environment);
    return new ClusterProcess(name, builder.start(), out, err);
  }

  Process process() {
    return process;
  }

  String out() {
    return read(out);
  }

  String err() {
    return read(err);
  }

  /** The first group of a pattern, as soon as the log has it. */
  String awaitInLog(Pattern pattern) throws InterruptedException {
    return await(
        name + " to say " + pattern,
        () -> {
          Matcher matcher = pattern.matcher(err());
          return matcher.find() ? Optional.of(matcher.group(1)) : Optional.empty();
        });
  }

  /** Asks until there is an answer; fails with the log when the process ends or time is up. */
  <T> T await(String what, Supplier<Optional<T>> answer) throws InterruptedException {
    Instant end = Instant.now().plus(PATIENCE);
    while (Instant.now().isBefore(end) && process.isAlive()) {
      Optional<T> found = answer.get();
      if (found.isPresent()) {
        return found.get();
      }
      Thread.sleep(100);
    }
    throw new AssertionError("waited for " + what + "; " + describe());
  }

  /** How the process is and all that it said. */
  String describe() {
    String state = process.isAlive() ? "is running" : "ended with " + process.exitValue();
    return "%s %s\n%s%s".formatted(name, state, out(), err());
  }

  @Override
  public void close() {
    List<ProcessHandle> all;
    try (Stream<ProcessHandle> descendants = process.descendants()) {
      all = Stream.concat(Stream.of(process.toHandle()), descendants).toList();
    }
    all.forEach(ProcessHandle::destroyForcibly);
    all.forEach(handle -> handle.onExit().join());
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
