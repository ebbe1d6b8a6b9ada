package io.xcomposer.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.config.XComposerConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Path;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The tool that writes checkpoints writes what the readers and the table accept. */
class TestRandomCheckpoint {
  private static final String EMBEDDINGS = "model.tok_embeddings.weight";

  private final RandomWeights weights = new RandomWeights(XComposerConfig.ofShape("tiny"), 7);

  @TempDir Path dir;

  @Test
  void bothFormatsAreCompleteAndEqual() throws IOException {
    write(RandomCheckpoint.Format.BIN);
    write(RandomCheckpoint.Format.SAFETENSORS);
    try (Checkpoint torch = Checkpoint.open(dir.resolve("BIN"));
        Checkpoint safe = Checkpoint.open(dir.resolve("SAFETENSORS"))) {
      TensorTable.check(torch);
      TensorTable.check(safe);
      assertThat(torch.config()).isEqualTo(weights.config()).isEqualTo(safe.config());
      assertThat(torch.tensor("output.weight").fileName())
          .isNotEqualTo(torch.tensor(EMBEDDINGS).fileName());
      for (String name : torch.names()) {
        assertThat(torch.floats(name)).isEqualTo(safe.floats(name)).isEqualTo(weights.floats(name));
      }
    }
  }

  @Test
  void aValueDoesNotDependOnTheRowsAskedFor() {
    try (WeightSource a = weights.matrix(EMBEDDINGS);
        WeightSource b = weights.matrix(EMBEDDINGS)) {
      ByteBuffer many = a.rows(0, 100);
      ByteBuffer one = b.rows(70, 1);
      int rowBytes = one.remaining();
      assertThat(many.slice(70 * rowBytes, rowBytes)).isEqualTo(one);
    }
  }

  @Test
  void valuesScatterAsAtTheBeginOfTraining() {
    assertDistribution(weights.floats(EMBEDDINGS), 0, 1e-3);
    assertDistribution(weights.floats("model.norm.weight"), 1, 1e-2);
  }

  private static void assertDistribution(float[] values, double mean, double tolerance) {
    double average =
        IntStream.range(0, values.length).mapToDouble(i -> values[i]).average().orElse(0);
    double variance =
        IntStream.range(0, values.length)
            .mapToDouble(i -> (values[i] - average) * (values[i] - average))
            .average()
            .orElse(0);
    assertThat(average).isCloseTo(mean, within(tolerance));
    assertThat(Math.sqrt(variance)).isCloseTo(0.02, within(tolerance));
  }

  private void write(RandomCheckpoint.Format format) throws IOException {
    new RandomCheckpoint(weights, dir.resolve(format.name()), format, 1_000_000).write();
  }
}
