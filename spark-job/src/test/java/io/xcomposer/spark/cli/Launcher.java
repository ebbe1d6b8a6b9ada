package io.xcomposer.spark.cli;

import java.io.File;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;

/** Runs {@code bin/xcomposer} as a user would, in a process of its own. */
public final class Launcher {
  /** The repository's root. */
  public static final Path ROOT = Path.of(System.getProperty("xcomposer.root"));

  private static final int MAX_MINUTES = 20;

  private final Path script;
  private final Path workingFolder;
  private final Map<String, String> environment;

  /** What the process said and how it ended. */
  public record Outcome(int code, String out, String err) {}

  public Launcher(Path script, Path workingFolder, Map<String, String> environment) {
    this.script = script;
    this.workingFolder = workingFolder;
    this.environment = environment;
  }

  /** The launcher of this repository, with the Spark and the jars that this build has made. */
  public static Launcher inFolder(Path workingFolder) {
    return new Launcher(ROOT.resolve("bin/xcomposer"), workingFolder, Map.of());
  }

  /** Runs a command to its end. */
  public Outcome run(String... args) throws IOException, InterruptedException {
    List<String> command = new ArrayList<>(List.of(script.toString()));
    command.addAll(List.of(args));
    Path out = Files.createTempFile("xcomposer", ".out");
    Path err = Files.createTempFile("xcomposer", ".err");
    try {
      ProcessBuilder builder =
          new ProcessBuilder(command)
              .directory(workingFolder.toFile())
              .redirectInput(new File("/dev/null"))
              .redirectOutput(out.toFile())
              .redirectError(err.toFile());
      builder.environment().keySet().removeIf(name -> name.startsWith("SPARK_"));
      builder.environment().put("XCOMPOSER_BUILD", "never");
      builder.environment().putAll(environment);
      Process process = builder.start();
      if (!process.waitFor(MAX_MINUTES, TimeUnit.MINUTES)) {
        process.destroyForcibly();
        throw new AssertionError("still running: " + command + "\n" + Files.readString(err));
      }
      return new Outcome(process.exitValue(), Files.readString(out), Files.readString(err));
    } finally {
      Files.delete(out);
      Files.delete(err);
    }
  }
}
