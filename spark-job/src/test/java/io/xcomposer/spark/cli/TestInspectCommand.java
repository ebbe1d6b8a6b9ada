package io.xcomposer.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.engine.CheckpointEngine;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestInspectCommand {
  private static final Path GOLDEN =
      Path.of(System.getProperty("xcomposer.root"), "golden", "checkpoint_f32_safetensors");

  @TempDir private Path checkpoint;

  @BeforeEach
  void copyCheckpoint() throws IOException {
    List<Path> files;
    try (Stream<Path> all = Files.list(GOLDEN)) {
      files = all.filter(Files::isRegularFile).toList();
    }
    for (Path file : files) {
      Files.copy(file, checkpoint.resolve(file.getFileName().toString()));
    }
  }

  private CommandRun inspect() {
    return CommandRun.of("inspect", "--model", checkpoint.toString());
  }

  @Test
  void aCheckpointThatFitsIsUsable() {
    CommandRun run = inspect();

    assertThat(run.code()).isZero();
    assertThat(run.out()).contains("tokenizer ").endsWith("The model can use this checkpoint.\n");
  }

  @Test
  void aTokenizerThatIsNotThereIsAProblem() throws IOException {
    Files.delete(checkpoint.resolve("tokenizer.model"));

    CommandRun run = inspect();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).contains("PROBLEM tokenizer.model").contains("cannot use this");
  }

  @Test
  void aTokenizerThatIsNoneIsAProblemForInspectAndDriver() throws IOException {
    Files.writeString(checkpoint.resolve("tokenizer.model"), "no tokenizer");

    assertThat(inspect().out()).contains("PROBLEM tokenizer.model");
    assertThatThrownBy(() -> new CheckpointEngine().check(checkpoint))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("tokenizer.model");
  }

  @Test
  void moreTokensThanEmbeddingsAreAProblemForInspectAndDriver() throws IOException {
    Path config = checkpoint.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config).replaceFirst("\"vocab_size\":\\s*\\d+", "\"vocab_size\": 150"));

    CommandRun run = inspect();

    assertThat(run.code()).isEqualTo(1);
    assertThat(run.out()).contains("pieces, but vocab_size of config.json is 150");
    assertThatThrownBy(() -> new CheckpointEngine().check(checkpoint))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("pieces, but vocab_size of config.json is 150");
  }
}
