package io.xcomposer.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TestCheckpoint {
  private static final Path GOLDEN = Path.of(System.getProperty("xcomposer.root"), "golden");

  @Test
  void bothGoldenFormatsHoldTheSameNumbers() {
    try (Checkpoint torch = Checkpoint.open(GOLDEN.resolve("checkpoint"));
        Checkpoint safe = Checkpoint.open(GOLDEN.resolve("checkpoint_f32_safetensors"))) {
      assertThat(torch.names()).hasSize(115).isEqualTo(safe.names());
      for (String name : torch.names()) {
        assertThat(torch.shape(name)).as(name).isEqualTo(safe.shape(name));
        assertThat(torch.floats(name)).as(name).isEqualTo(safe.floats(name));
      }
    }
  }

  @Test
  void theGoldenCheckpointsAreComplete() {
    try (Checkpoint torch = Checkpoint.open(GOLDEN.resolve("checkpoint"));
        Checkpoint safe = Checkpoint.open(GOLDEN.resolve("checkpoint_f32_safetensors"))) {
      TensorTable.check(torch);
      TensorTable.check(safe);
    }
  }
}
