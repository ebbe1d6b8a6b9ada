package io.xcomposer.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.checkpoint.TensorTable.Expected;
import io.xcomposer.model.checkpoint.TensorTable.Use;
import io.xcomposer.model.config.XComposerConfig;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class TestTensorTable {
  private static final String WQKV = "model.layers.1.attention.wqkv.";

  @TempDir Path dir;

  /** The count that the specification gives for the published model, section 3. */
  @Test
  void thePublishedModelHasItsNumberOfParameters() {
    long parameters =
        TensorTable.of(XComposerConfig.published()).stream()
            .filter(expected -> expected.use() != Use.IGNORED)
            .mapToLong(expected -> expected.shape(rank(expected)).elements())
            .sum();
    assertThat(parameters).isEqualTo(8_597_499_904L);
  }

  @Test
  void theGoldenCheckpointHasExactlyTheTensorsOfTheTable() {
    try (Checkpoint checkpoint = Checkpoint.open(CheckpointFixtures.TORCH)) {
      assertThat(TensorTable.of(checkpoint.config()).stream().map(Expected::name).toList())
          .containsExactlyInAnyOrderElementsOf(checkpoint.names());
      TensorReport report = TensorTable.report(checkpoint);
      assertThat(report.problems()).isEmpty();
      assertThat(report.extras()).isEmpty();
      assertThat(report.lines()).hasSize(checkpoint.names().size());
    }
  }

  @Test
  void memoryCountsMatricesInTheirTypeAndVectorsInF32() {
    try (Checkpoint checkpoint = Checkpoint.open(CheckpointFixtures.SAFETENSORS)) {
      TensorReport.Memory memory = TensorTable.report(checkpoint).memory();
      long postLayerNorm = 2 * 64 * 4;
      assertThat(memory.f32()).isEqualTo(checkpoint.bytes() - postLayerNorm);
      assertThat(memory.bf16()).isBetween(memory.f32() / 2, memory.f32());
      assertThat(memory.int8()).isBetween(memory.f32() / 4, memory.bf16());
      assertThat(memory.int4()).isBetween(memory.f32() / 8, memory.int8());
    }
  }

  @Test
  void everythingWrongIsNamedInOneError() throws IOException {
    spoil(
        header -> {
          header.remove("model.norm.weight");
          rename(header, WQKV + "weight", WQKV + "wight");
          header.withObject("/" + WQKV + "Plora_A.weight").putArray("shape").add(4).add(256);
          header.withObject("/" + WQKV + "Plora_B.weight").putArray("shape").add(96).add(16);
          header.withObject("/output.weight").put("dtype", "I16");
        });
    try (Checkpoint checkpoint = Checkpoint.open(dir)) {
      assertThatExceptionOfType(XComposerException.class)
          .isThrownBy(() -> TensorTable.check(checkpoint))
          .withMessageContaining("5 of ")
          .withMessageContaining("model.norm.weight is missing, expected (128) = (hidden_size)")
          .withMessageContaining(WQKV + "weight is missing, expected (192, 128) = ")
          .withMessageContaining(WQKV + "Plora_A.weight is (4, 256), expected (rank, 128)")
          .withMessageContaining(WQKV + "Plora_B.weight is (96, 16), expected (192, rank)")
          .withMessageContaining("output.weight is I16, expected BF16, F16 or F32")
          .withMessageContaining("not known: " + WQKV + "wight");
    }
  }

  @Test
  void ranksOfAPairMustAgree() throws IOException {
    spoil(
        header -> {
          header.withObject("/" + WQKV + "Plora_A.weight").putArray("shape").add(4).add(128);
        });
    try (Checkpoint checkpoint = Checkpoint.open(dir)) {
      assertThat(TensorTable.report(checkpoint).problems())
          .containsExactly(WQKV + "Plora_B.weight has rank 8, but its Plora_A has rank 4");
    }
  }

  @Test
  void aListOfHundredsIsCutWithACount() throws IOException {
    spoil(
        header ->
            List.copyOf(TensorTable.of(XComposerConfig.ofShape("tiny"))).stream()
                .map(Expected::name)
                .filter(name -> name.startsWith("model.layers.0"))
                .forEach(header::remove));
    try (Checkpoint checkpoint = Checkpoint.open(dir)) {
      assertThatExceptionOfType(XComposerException.class)
          .isThrownBy(() -> TensorTable.check(checkpoint))
          .withMessageContaining("layers.0.attention_norm.weight is missing")
          .satisfies(e -> assertThat(e.getMessage().lines().count()).isLessThan(30));
    }
  }

  @Test
  void unknownTensorsAreListedAndNoFault() throws IOException {
    spoil(
        header ->
            header
                .putObject("vit.vision_tower.vision_model.embeddings.position_ids")
                .put("dtype", "I64")
                .putArray("shape")
                .add(1)
                .add(3));
    try (Checkpoint checkpoint = Checkpoint.open(dir)) {
      TensorTable.check(checkpoint);
      assertThat(TensorTable.report(checkpoint).extras())
          .extracting(StoredTensor::name)
          .containsExactly("vit.vision_tower.vision_model.embeddings.position_ids");
    }
  }

  private static long rank(Expected expected) {
    return expected.name().contains("wqkv") ? 8 : 256;
  }

  private static void rename(ObjectNode header, String from, String to) {
    header.set(to, header.remove(from));
  }

  /** A tiny safetensors checkpoint of zeros whose header is changed; offsets are laid out anew. */
  private void spoil(Consumer<ObjectNode> change) throws IOException {
    ObjectMapper mapper = new ObjectMapper();
    RandomWeights weights = new RandomWeights(XComposerConfig.ofShape("tiny"), 1);
    ObjectNode header = mapper.createObjectNode();
    weights
        .shapes()
        .forEach(
            (name, shape) -> {
              ObjectNode entry = header.putObject(name).put("dtype", "BF16");
              entry.set("shape", mapper.valueToTree(shape.toArray()));
            });
    change.accept(header);
    long end = 0;
    for (var entry : header) {
      long bytes = "I64".equals(entry.get("dtype").textValue()) ? 8 : 2;
      for (var size : entry.get("shape")) {
        bytes *= size.longValue();
      }
      ((ObjectNode) entry).putArray("data_offsets").add(end).add(end + bytes);
      end += bytes;
    }
    CheckpointFixtures.write(
        dir.resolve("config.json"),
        mapper.writeValueAsBytes(RandomCheckpoint.configJson(mapper, weights.config())));
    CheckpointFixtures.safetensors(dir, mapper.writeValueAsString(header), (int) end);
  }
}
