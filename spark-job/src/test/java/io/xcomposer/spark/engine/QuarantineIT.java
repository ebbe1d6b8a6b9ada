package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link PoisonJob} on executors that really end. */
class QuarantineIT {
  private static final int MAX_MINUTES = 15;

  @Test
  void theJobEndsAndOnlyTheRowThatTakesExecutorsDownIsSetAside(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path output = folder.resolve("lines");
    Path log = folder.resolve("log");
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.add("-Xmx512m");
    command.addAll(opens());
    command.addAll(List.of("-cp", System.getProperty("java.class.path")));
    command.add(PoisonJob.class.getName());
    command.addAll(List.of(folder.resolve("quarantine").toString(), output.toString()));
    ProcessBuilder builder =
        new ProcessBuilder(command)
            .directory(folder.toFile())
            .redirectErrorStream(true)
            .redirectOutput(log.toFile());
    builder.environment().put("SPARK_TESTING", "1");
    builder.environment().put("SPARK_SCALA_VERSION", "2.13");
    builder.environment().put("SPARK_HOME", folder.toString());
    builder.environment().put("SPARK_LOCAL_IP", "127.0.0.1");
    Process process = builder.start();
    try {
      assertThat(process.waitFor(MAX_MINUTES, TimeUnit.MINUTES)).isTrue();
      assertThat(process.exitValue()).as(Files.readString(log)).isZero();
    } finally {
      process.descendants().forEach(ProcessHandle::destroyForcibly);
      process.destroyForcibly();
    }

    List<String> lines = Files.readAllLines(output);
    assertThat(lines.subList(0, 24))
        .containsExactlyElementsOf(
            IntStream.range(0, 24)
                .mapToObj(i -> "row-" + i + (i == 7 ? " QUARANTINED" : " answer to row-" + i))
                .toList());
    assertThat(lines.subList(24, lines.size()))
        .isNotEmpty()
        .allSatisfy(line -> assertThat(line).contains("device=cpu", "modelLoads=1,"));
  }

  /** What Spark needs opened, as this process was given it. */
  private static List<String> opens() {
    return java.lang.management.ManagementFactory.getRuntimeMXBean().getInputArguments().stream()
        .filter(argument -> argument.startsWith("--add-opens"))
        .toList();
  }
}
