package io.xcomposer.spark.cluster;

import static java.nio.charset.StandardCharsets.UTF_8;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/**
 * A running executor.
 *
 * @param applicationId Spark's name of the application that it belongs to
 * @param id Spark's number of the executor within it
 */
public record ExecutorProcess(String applicationId, String id, ProcessHandle process) {

  /** The executor that a child of a worker is; empty when it is none, or has just ended. */
  static Optional<ExecutorProcess> of(ProcessHandle process) {
    List<String> words = commandLine(process.pid());
    if (!words.contains("org.apache.spark.executor.CoarseGrainedExecutorBackend")) {
      return Optional.empty();
    }
    return Optional.of(
        new ExecutorProcess(after("--app-id", words), after("--executor-id", words), process));
  }

  /** Java's own view of a command line ends after some kilobytes; this one is whole. */
  private static List<String> commandLine(long pid) {
    try {
      return List.of(Files.readString(Path.of("/proc/" + pid + "/cmdline"), UTF_8).split("\0"));
    } catch (IOException e) {
      return List.of();
    }
  }

  private static String after(String flag, List<String> words) {
    return words.get(words.indexOf(flag) + 1);
  }
}
