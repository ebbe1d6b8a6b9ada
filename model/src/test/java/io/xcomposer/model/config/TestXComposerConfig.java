package io.xcomposer.model.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

class TestXComposerConfig {
  /** The published file, model-spec 2, with the keys that matter. */
  private static final String PUBLISHED =
      """
      {"architectures": ["InternLM2ForCausalLM"], "model_type": "internlmxcomposer2",
       "hidden_size": 4096, "num_hidden_layers": 32, "num_attention_heads": 32,
       "num_key_value_heads": 8, "intermediate_size": 14336, "hidden_act": "silu",
       "vocab_size": 92544, "bos_token_id": 1, "eos_token_id": 2, "pad_token_id": 2,
       "max_length": 16384, "max_position_embeddings": 32768, "rope_theta": 1000000,
       "rope_scaling": null, "rms_norm_eps": 1e-05, "bias": false,
       "tie_word_embeddings": false, "torch_dtype": "bfloat16"}
      """;

  private static final ObjectMapper MAPPER = new ObjectMapper();

  @TempDir Path dir;

  @Test
  void thePublishedFileGivesThePublishedSizes() {
    XComposerConfig config = XComposerConfig.parse(PUBLISHED);
    assertThat(config).isEqualTo(XComposerConfig.published());
    assertThat(config.headDim()).isEqualTo(128);
    assertThat(config.queryGroups()).isEqualTo(4);
    assertThat(config.wqkvSize()).isEqualTo(6144);
    assertThat(config.maxLength()).isEqualTo(16384);
    assertThat(config.vision().numPositions()).isEqualTo(577);
    assertThat(config.vision().mergedSize()).isEqualTo(4096);
    assertThat(config.vision().headDim()).isEqualTo(64);
  }

  @Test
  void theGoldenFileHasASmallTower() {
    XComposerConfig config =
        XComposerConfig.read(Path.of(System.getProperty("xcomposer.root"), "golden", "checkpoint"));
    assertThat(config.vision()).isEqualTo(new VisionConfig(64, 3, 4, 128, 336, 14, 1e-5));
    assertThat(config.wqkvSize()).isEqualTo(192);
    assertThat(config.vocabSize()).isEqualTo(1522);
  }

  @ParameterizedTest
  @CsvSource({"linear, LINEAR", "dynamic, DYNAMIC"})
  void bothKindsOfRopeScalingAreRead(String name, RopeScaling.Type type) throws IOException {
    String json = with("rope_scaling", "{\"type\": \"" + name + "\", \"factor\": 2}");
    assertThat(XComposerConfig.parse(json).ropeScaling()).isEqualTo(new RopeScaling(type, 2));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "architectures", "model_type", "hidden_size", "num_hidden_layers", "num_attention_heads",
        "num_key_value_heads", "intermediate_size", "hidden_act", "vocab_size", "bos_token_id",
        "eos_token_id", "pad_token_id", "max_length", "max_position_embeddings", "rope_theta",
        "rms_norm_eps", "bias", "tie_word_embeddings"
      })
  void aMissingKeyIsNamed(String key) throws IOException {
    ObjectNode json = (ObjectNode) MAPPER.readTree(PUBLISHED);
    json.remove(key);
    assertRefused(json.toString(), "the key " + key + " is missing");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "hidden_size|\"4096\"|an integer",
        "hidden_size|4096.5|an integer",
        "hidden_size|4096.0|an integer",
        "hidden_size|null|an integer",
        "hidden_size|[4096]|an integer",
        "hidden_size|99999999999|an integer of 32 bits",
        "rope_theta|\"x\"|a number",
        "rms_norm_eps|true|a number",
        "bias|0|true or false",
        "hidden_act|1|a text",
        "architectures|\"InternLM2ForCausalLM\"|a list of one text",
        "architectures|[]|a list of one text",
        "architectures|[\"a\",\"b\"]|a list of one text",
        "rope_scaling|2|an object",
        "vision_config|[]|an object",
        "vision_config|null|an object",
      })
  void aWrongTypeIsNamed(String key, String value, String wanted) throws IOException {
    assertRefused(with(key, value), key + " = ", "is not " + wanted);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "hidden_size|0",
        "hidden_size|-4096",
        "hidden_size|2147483647",
        "num_hidden_layers|0",
        "num_hidden_layers|1000000",
        "num_attention_heads|0",
        "num_key_value_heads|0",
        "num_key_value_heads|-8",
        "intermediate_size|0",
        "vocab_size|0",
        "vocab_size|2000000000",
        "max_length|0",
        "max_position_embeddings|0",
        "rope_theta|0",
        "rope_theta|-1",
        "rope_theta|1e300",
        "rope_theta|1e999",
        "rms_norm_eps|0",
        "rms_norm_eps|-1e-5",
        "rms_norm_eps|2",
        "bos_token_id|-1",
        "eos_token_id|92544",
        "pad_token_id|2147483647",
      })
  void aValueOutOfRangeIsNamed(String key, String value) throws IOException {
    assertRefused(with(key, value), key + " = ", "is not ");
  }

  @Test
  void headsThatDoNotDivideTheWidthAreRefused() throws IOException {
    assertRefused(
        with("num_attention_heads", "24"),
        "hidden_size = 4096 is not a multiple of 2 * num_attention_heads = 48");
  }

  @Test
  void keyHeadsThatDoNotDivideQueryHeadsAreRefused() throws IOException {
    assertRefused(
        with("num_key_value_heads", "5"),
        "num_attention_heads = 32 is not a multiple of num_key_value_heads = 5");
  }

  @Test
  void anOddHeadSizeIsRefused() throws IOException {
    assertRefused(with("hidden_size", "4128"), "hidden_size = 4128 is not a multiple of");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "hidden_act|\"gelu\"",
        "model_type|\"llama\"",
        "bias|true",
        "tie_word_embeddings|true",
        "architectures|[\"InternLMXComposer2ForCausalLM\"]",
      })
  void whatTheModelDoesNotHaveIsRefused(String key, String value) throws IOException {
    assertRefused(with(key, value), key + " = ", "is not supported: this model has");
  }

  @Test
  void anUnknownRopeScalingIsRefused() throws IOException {
    assertRefused(
        with("rope_scaling", "{\"type\": \"yarn\", \"factor\": 2}"),
        "rope_scaling.type = \"yarn\" is not supported");
  }

  @ParameterizedTest
  @ValueSource(strings = {"0.5", "0", "-2", "1e300"})
  void aRopeFactorOutOfRangeIsRefused(String factor) throws IOException {
    assertRefused(
        with("rope_scaling", "{\"type\": \"linear\", \"factor\": " + factor + "}"),
        "rope_scaling.factor = ");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '\'',
      value = {
        "hidden_size|1000",
        "image_size|224",
        "patch_size|16",
        "num_channels|1",
        "hidden_act|\"gelu\"",
        "layer_norm_eps|0",
        "num_hidden_layers|\"3\"",
      })
  void aTowerThatDoesNotFitIsRefused(String key, String value) throws IOException {
    ObjectNode json = (ObjectNode) MAPPER.readTree(PUBLISHED);
    ObjectNode vision =
        json.putObject("vision_config")
            .put("hidden_act", "quick_gelu")
            .put("hidden_size", 64)
            .put("image_size", 336)
            .put("intermediate_size", 128)
            .put("layer_norm_eps", 1e-5)
            .put("num_attention_heads", 16)
            .put("num_channels", 3)
            .put("num_hidden_layers", 3)
            .put("patch_size", 14);
    XComposerConfig.parse(json.toString());
    vision.set(key, MAPPER.readTree(value));
    assertRefused(json.toString(), "vision_config." + key + " = ");
  }

  @Test
  void aKeyGivenTwiceIsRefused() {
    assertRefused(
        PUBLISHED.replace("\"bias\": false", "\"bias\": false, \"bias\": false"),
        "Duplicate field 'bias'");
  }

  @Test
  void deepNestingIsRefused() throws IOException {
    String deep = "{\"a\":" + "[".repeat(100_000) + "]".repeat(100_000) + "}";
    assertRefused(deep, "not valid JSON");
  }

  @Test
  void textBehindTheObjectIsRefused() {
    assertRefused(PUBLISHED + "{}", "not valid JSON");
  }

  @ParameterizedTest
  @ValueSource(strings = {"", "[]", "1", "null", "nothing"})
  void whatIsNoObjectIsRefused(String json) {
    assertRefused(json, "JSON");
  }

  @Test
  void everyTruncationIsRefused() {
    String json = PUBLISHED.strip();
    for (int length = 0; length < json.length(); length++) {
      assertRefused(json.substring(0, length), "JSON");
    }
  }

  @Test
  void aFileBeyondTheLimitIsRefusedUnread() throws IOException {
    Files.writeString(dir.resolve("config.json"), PUBLISHED + " ".repeat(1 << 20));
    assertFileRefused("config.json: more than 1048576 bytes");
  }

  @Test
  void aFileThatIsNotUtf8IsRefused() throws IOException {
    Files.write(dir.resolve("config.json"), PUBLISHED.getBytes(StandardCharsets.UTF_16LE));
    assertFileRefused("config.json: ");
    byte[] latin = "{\"é\": 1}".getBytes(StandardCharsets.ISO_8859_1);
    Files.write(dir.resolve("config.json"), latin);
    assertFileRefused("config.json: its JSON is not valid UTF-8");
  }

  @Test
  void whatIsNoFileIsNamed() throws IOException {
    Files.createDirectory(dir.resolve("config.json"));
    assertFileRefused("config.json: not a regular file");
  }

  @Test
  void aMissingFileIsNamed() {
    assertFileRefused("config.json: not found in the model folder");
  }

  @ParameterizedTest
  @ValueSource(strings = {"7b", "mini", "tiny"})
  void shapesHaveNames(String name) {
    assertThat(XComposerConfig.ofShape(name).headDim()).isPositive();
  }

  @Test
  void anUnknownShapeIsAnErrorOfTheOption() {
    assertThatExceptionOfType(XComposerException.class)
        .isThrownBy(() -> XComposerConfig.ofShape("13b"))
        .withMessageContaining("shape = 13b is not allowed")
        .satisfies(e -> assertThat(e.kind()).isEqualTo(XComposerException.Kind.OPTION));
  }

  private static String with(String key, String value) throws IOException {
    // As text: a tree would turn 1e999 into infinity.
    ObjectNode json = (ObjectNode) MAPPER.readTree(PUBLISHED);
    json.remove(key);
    String rest = json.toString();
    return rest.substring(0, rest.length() - 1) + ",\"" + key + "\":" + value + "}";
  }

  private void assertFileRefused(String reason) {
    assertThatExceptionOfType(XComposerException.class)
        .isThrownBy(() -> XComposerConfig.read(dir))
        .withMessageContaining(reason)
        .withMessageContaining("To fix: ");
  }

  private static void assertRefused(String json, String... reasons) {
    assertThatExceptionOfType(XComposerException.class)
        .isThrownBy(() -> XComposerConfig.parse(json))
        .withMessageStartingWith("config.json: ")
        .satisfies(e -> assertThat(e.getMessage()).contains(reasons))
        .withMessageContaining("To fix: ")
        .satisfies(e -> assertThat(e.kind()).isEqualTo(XComposerException.Kind.CHECKPOINT));
  }
}
