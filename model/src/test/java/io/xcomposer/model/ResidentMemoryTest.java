package io.xcomposer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.withinPercentage;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.condition.EnabledOnOs;
import org.junit.jupiter.api.condition.OS;

/** The memory of a process in a long run, {@link LongRun}. */
@Timeout(300)
@EnabledOnOs(OS.LINUX)
class ResidentMemoryTest {
  /** The Java heap is all there from the start, and code is compiled early, once. */
  private static final List<String> STEADY_JVM =
      List.of(
          "-Xms96m",
          "-Xmx96m",
          "-XX:+AlwaysPreTouch",
          "-XX:+UseSerialGC",
          "-XX:TieredStopAtLevel=1");

  @Test
  void aThousandRequestsEndAtTheResidentMemoryOfTheFirstHundred()
      throws IOException, InterruptedException {
    List<Long> resident =
        longRun()
            .lines()
            .filter(line -> line.startsWith("resident KiB"))
            .map(line -> Long.parseLong(line.substring(line.lastIndexOf(' ') + 1)))
            .toList();
    System.out.println("resident KiB after 100 and 1000 requests: " + resident);
    assertThat(resident).hasSize(2);
    assertThat(resident.get(1)).isCloseTo(resident.get(0), withinPercentage(2));
  }

  private static String longRun() throws IOException, InterruptedException {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "java").toString());
    command.addAll(STEADY_JVM);
    for (String inherited : List.of("xcomposer.root", "org.bytedeco.javacpp.cachedir")) {
      command.add("-D" + inherited + "=" + System.getProperty(inherited));
    }
    command.add("-cp");
    command.add(
        System.getProperty("surefire.test.class.path", System.getProperty("java.class.path")));
    command.add(LongRun.class.getName());
    Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
    String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
    assertThat(process.waitFor()).as(output).isZero();
    return output;
  }
}
