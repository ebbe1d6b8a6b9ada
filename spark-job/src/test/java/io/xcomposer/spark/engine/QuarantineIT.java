package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.ChildJvm;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** {@link PoisonJob} on executors that really end. */
class QuarantineIT {
  @Test
  void theJobEndsAndOnlyTheRowThatTakesExecutorsDownIsSetAside(@TempDir Path folder)
      throws IOException, InterruptedException {
    Path output = folder.resolve("lines");
    new ChildJvm(folder, "512m", List.of())
        .run(PoisonJob.class, folder.resolve("quarantine").toString(), output.toString());

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
}
