package io.xcomposer.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestCheckpoint {
  private static final String BIN_INDEX = "pytorch_model.bin.index.json";

  @TempDir Path dir;

  @Test
  void bothGoldenFormatsHoldTheSameNumbers() {
    try (Checkpoint torch = Checkpoint.open(CheckpointFixtures.TORCH);
        Checkpoint safe = Checkpoint.open(CheckpointFixtures.SAFETENSORS)) {
      assertThat(torch.names()).hasSize(115).isEqualTo(safe.names());
      for (String name : torch.names()) {
        assertThat(torch.tensor(name).dtype()).isEqualTo(StoredDType.BF16);
        assertThat(safe.tensor(name).dtype()).isEqualTo(StoredDType.F32);
        assertThat(torch.shape(name)).as(name).isEqualTo(safe.shape(name));
        assertThat(torch.floats(name)).as(name).isEqualTo(safe.floats(name));
      }
      assertThat(safe.bytes()).isEqualTo(2 * torch.bytes());
    }
  }

  /** What makes the golden file worth reading: without it the test above would prove less. */
  @Test
  void theGoldenTorchFileHasAnOffsetAndATransposedView() {
    try (Checkpoint torch = Checkpoint.open(CheckpointFixtures.TORCH)) {
      assertThat(torch.tensor("vision_proj.2.weight").layout().isRowMajor()).isFalse();
      long apart =
          torch.tensor("plora_sub_GN").position() - torch.tensor("plora_glb_GN").position();
      assertThat(apart).isEqualTo(2 * 256);
    }
  }

  @Test
  void anyRankIsFlattenedBehindTheFirstAxis() {
    try (Checkpoint torch = Checkpoint.open(CheckpointFixtures.TORCH);
        WeightSource patches =
            torch.matrix("vit.vision_tower.vision_model.embeddings.patch_embedding.weight");
        WeightSource bias = torch.matrix("vision_proj.0.bias")) {
      assertThat(patches.out()).isEqualTo(64);
      assertThat(patches.in()).isEqualTo(3 * 14 * 14);
      assertThat(patches.dtype()).isEqualTo(DType.BF16);
      assertThat(bias.out()).isEqualTo(128);
      assertThat(bias.in()).isEqualTo(1);
    }
  }

  @Test
  void theFingerprintFollowsTheContentAndNotThePlace() throws IOException {
    CheckpointFixtures.copy(CheckpointFixtures.SAFETENSORS, dir);
    String original = fingerprint(CheckpointFixtures.SAFETENSORS);
    assertThat(original).matches("[0-9a-f]{64}").isEqualTo(fingerprint(dir));
    assertThat(fingerprint(CheckpointFixtures.TORCH)).isNotEqualTo(original);

    Path shard = dir.resolve("model-00002-of-00002.safetensors");
    byte[] bytes = Files.readAllBytes(shard);
    bytes[bytes.length - 1] ^= 1;
    Files.write(shard, bytes);
    assertThat(fingerprint(dir)).isNotEqualTo(original);
  }

  @Test
  void theFingerprintFollowsTheConfig() throws IOException {
    CheckpointFixtures.copy(CheckpointFixtures.SAFETENSORS, dir);
    Path config = dir.resolve("config.json");
    Files.writeString(
        config,
        Files.readString(config).replace("\"rms_norm_eps\": 1e-05", "\"rms_norm_eps\": 1e-06"));
    assertThat(fingerprint(dir)).isNotEqualTo(fingerprint(CheckpointFixtures.SAFETENSORS));
  }

  @Test
  void aMissingFolderIsNamed() {
    assertRefused(dir.resolve("nowhere"), "nowhere: not a folder");
  }

  @Test
  void aFolderWithoutConfigIsNamed() {
    assertRefused(dir, "config.json: not found in the model folder");
  }

  @Test
  void aFolderWithoutWeightsNamesWhatWasLookedFor() throws IOException {
    copyConfig();
    assertRefused(
        dir,
        "none of model.safetensors.index.json, model.safetensors, pytorch_model.bin.index.json,"
            + " pytorch_model.bin");
  }

  @Test
  void anUnknownTensorIsNamed() {
    try (Checkpoint torch = Checkpoint.open(CheckpointFixtures.TORCH)) {
      assertThatExceptionOfType(XComposerException.class)
          .isThrownBy(() -> torch.floats("model.nothing"))
          .withMessageContaining("it has no tensor model.nothing");
    }
  }

  @Test
  void safetensorsComeBeforeTorchFiles() throws IOException {
    CheckpointFixtures.copy(CheckpointFixtures.SAFETENSORS, dir);
    Files.writeString(dir.resolve(BIN_INDEX), "no JSON");
    try (Checkpoint checkpoint = Checkpoint.open(dir)) {
      assertThat(checkpoint.tensor("output.weight").fileName()).endsWith(".safetensors");
    }
  }

  @Test
  void oneFileNeedsNoIndex() throws IOException {
    copyConfig();
    Files.copy(
        CheckpointFixtures.TORCH.resolve("pytorch_model-00001-of-00002.bin"),
        dir.resolve("pytorch_model.bin"));
    try (Checkpoint checkpoint = Checkpoint.open(dir)) {
      assertThat(checkpoint.contains("plora_glb_GN")).isTrue();
      assertThat(checkpoint.contains("output.weight")).isFalse();
    }
  }

  @Test
  void aMissingShardIsNamed() throws IOException {
    CheckpointFixtures.copy(CheckpointFixtures.TORCH, dir);
    Files.delete(dir.resolve("pytorch_model-00002-of-00002.bin"));
    assertRefused(
        dir, "pytorch_model-00002-of-00002.bin: named in " + BIN_INDEX + " but not there");
  }

  @Test
  void aShardThatIsAFolderIsNamed() throws IOException {
    CheckpointFixtures.copy(CheckpointFixtures.TORCH, dir);
    Files.delete(dir.resolve("pytorch_model-00002-of-00002.bin"));
    Files.createDirectory(dir.resolve("pytorch_model-00002-of-00002.bin"));
    assertRefused(dir, "pytorch_model-00002-of-00002.bin: not a regular file");
  }

  @Test
  void aTensorMissingInItsShardIsNamed() throws IOException {
    CheckpointFixtures.copy(CheckpointFixtures.TORCH, dir);
    index("{\"weight_map\":{\"model.what.weight\":\"pytorch_model-00001-of-00002.bin\"}}");
    assertRefused(dir, "pytorch_model-00001-of-00002.bin: it lacks the tensor model.what.weight");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "\"../secret.bin\"",
        "\"/etc/passwd\"",
        "\"..\"",
        "\"\"",
        "\"sub/pytorch_model.bin\"",
        "\"a\\u0000.bin\"",
        "\"C:\\\\x.bin\"",
        "\"model.safetensors\"",
        "\".hidden.bin\"",
        "7",
        "null",
        "[\"pytorch_model.bin\"]"
      })
  void aShardNameThatLeavesTheFolderIsRefused(String name) throws IOException {
    CheckpointFixtures.copy(CheckpointFixtures.TORCH, dir);
    index("{\"weight_map\":{\"output.weight\":" + name + "}}");
    assertRefused(dir, BIN_INDEX + ": weight_map.output.weight = ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"{}", "{\"weight_map\":{}}", "{\"weight_map\":[]}"})
  void anIndexWithoutMapIsRefused(String json) throws IOException {
    CheckpointFixtures.copy(CheckpointFixtures.TORCH, dir);
    index(json);
    assertRefused(dir, BIN_INDEX + ": weight_map is missing, empty or no object");
  }

  @Test
  void anIndexBeyondTheLimitIsRefused() throws IOException {
    CheckpointFixtures.copy(CheckpointFixtures.TORCH, dir);
    index("{\"weight_map\":{\"" + "x".repeat(9 << 20) + "\":\"pytorch_model.bin\"}}");
    assertRefused(dir, BIN_INDEX + ": more than 8388608 bytes");
  }

  private void index(String json) throws IOException {
    Files.writeString(dir.resolve(BIN_INDEX), json);
  }

  private void copyConfig() throws IOException {
    Files.copy(CheckpointFixtures.TORCH.resolve("config.json"), dir.resolve("config.json"));
  }

  private static String fingerprint(Path folder) {
    try (Checkpoint checkpoint = Checkpoint.open(folder)) {
      return checkpoint.fingerprint();
    }
  }

  private static void assertRefused(Path folder, String reason) {
    assertThatExceptionOfType(XComposerException.class)
        .isThrownBy(() -> Checkpoint.open(folder).close())
        .withMessageContaining(reason)
        .withMessageContaining("To fix: ");
  }
}
