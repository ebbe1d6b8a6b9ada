package io.xcomposer.model.config;

import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.Errors;
import java.nio.file.Path;

/**
 * Sizes and constants of a model of the InternLM-XComposer2-4KHD family (model-spec 2). Components
 * are named as the keys of {@code config.json}. A value of this type is consistent: the constructor
 * refuses what the model cannot have.
 *
 * @param maxLength prompt positions that are kept, text and image together (model-spec 7)
 * @param maxPositionEmbeddings trained context, where dynamic scaling sets in
 * @param ropeScaling null for none
 * @param vision {@code vision_config}, or the published tower where the file has none
 */
public record XComposerConfig(
    int hiddenSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int numKeyValueHeads,
    int intermediateSize,
    int vocabSize,
    int maxLength,
    int maxPositionEmbeddings,
    double ropeTheta,
    RopeScaling ropeScaling,
    double rmsNormEps,
    int bosTokenId,
    int eosTokenId,
    int padTokenId,
    VisionConfig vision) {

  private static final int MAX_FILE_BYTES = 1 << 20;

  public XComposerConfig {
    Ranges.require("hidden_size", hiddenSize, 1, 1 << 16);
    Ranges.require("num_hidden_layers", numHiddenLayers, 1, 1024);
    Ranges.require("num_attention_heads", numAttentionHeads, 1, 1024);
    Ranges.require("num_key_value_heads", numKeyValueHeads, 1, 1024);
    Ranges.require("intermediate_size", intermediateSize, 1, 1 << 20);
    Ranges.require("vocab_size", vocabSize, 1, 1 << 22);
    Ranges.require("max_length", maxLength, 1, 1 << 24);
    Ranges.require("max_position_embeddings", maxPositionEmbeddings, 1, 1 << 24);
    Ranges.requireNumber("rope_theta", ropeTheta, 1, 1e12);
    Ranges.requireNumber("rms_norm_eps", rmsNormEps, 1e-12, 1);
    Ranges.require("bos_token_id", bosTokenId, 0, vocabSize - 1L);
    Ranges.require("eos_token_id", eosTokenId, 0, vocabSize - 1L);
    Ranges.require("pad_token_id", padTokenId, 0, vocabSize - 1L);
    // Heads are split in two halves by the rotary embedding, so their size is even.
    Ranges.requireMultiple(
        "hidden_size", hiddenSize, "2 * num_attention_heads", 2L * numAttentionHeads);
    Ranges.requireMultiple(
        "num_attention_heads", numAttentionHeads, "num_key_value_heads", numKeyValueHeads);
  }

  /** The sizes of the published 7B model. */
  public static XComposerConfig published() {
    return new XComposerConfig(
        4096,
        32,
        32,
        8,
        14336,
        92544,
        16384,
        32768,
        1e6,
        null,
        1e-5,
        1,
        2,
        2, //
        VisionConfig.clipL336());
  }

  /**
   * Sizes by name, to measure without a checkpoint: {@code 7b} as published, {@code mini} and
   * {@code tiny} for trials, or the path of a {@code config.json}.
   */
  public static XComposerConfig ofShape(String shape) {
    return switch (shape) {
      case "7b" -> published();
      case "mini" ->
          sized(8, 1024, 16, 4, 3584, 32_000, new VisionConfig(512, 6, 8, 2048, 336, 14, 1e-5));
      case "tiny" -> sized(3, 128, 8, 2, 256, 1522, new VisionConfig(64, 3, 4, 128, 336, 14, 1e-5));
      default -> {
        if (!shape.endsWith(".json")) {
          throw Errors.option("shape", shape, "7b, mini, tiny or the path of a config.json");
        }
        yield of(StrictJson.read(Path.of(shape), MAX_FILE_BYTES));
      }
    };
  }

  /**
   * Reads {@code config.json} of a model folder.
   *
   * @throws io.xcomposer.model.XComposerException CHECKPOINT, naming file and key, for a missing
   *     key, a wrong type, a value out of range, and what the model does not have
   */
  public static XComposerConfig read(Path dir) {
    return of(StrictJson.read(dir.resolve(ConfigFields.FILE), MAX_FILE_BYTES));
  }

  /** As {@link #read}, from the text of such a file. */
  public static XComposerConfig parse(String json) {
    return of(StrictJson.object(ConfigFields.FILE, json));
  }

  /** Size of an attention head. */
  public int headDim() {
    return hiddenSize / numAttentionHeads;
  }

  /** Query heads that read one key/value head. */
  public int queryGroups() {
    return numAttentionHeads / numKeyValueHeads;
  }

  /** Rows of {@code wqkv}: query heads, a key and a value head for each key/value head. */
  public int wqkvSize() {
    return numKeyValueHeads * (queryGroups() + 2) * headDim();
  }

  private static XComposerConfig sized(
      int layers,
      int hidden,
      int heads,
      int kvHeads,
      int intermediate,
      int vocab,
      VisionConfig vit) {
    return new XComposerConfig(
        hidden,
        layers,
        heads,
        kvHeads,
        intermediate,
        vocab,
        16384,
        32768,
        1e6,
        null,
        1e-5,
        1,
        2,
        2, //
        vit);
  }

  private static XComposerConfig of(ObjectNode json) {
    ConfigFields fields = new ConfigFields(json, "");
    requireKnownModel(fields);
    return new XComposerConfig(
        fields.integer("hidden_size"),
        fields.integer("num_hidden_layers"),
        fields.integer("num_attention_heads"),
        fields.integer("num_key_value_heads"),
        fields.integer("intermediate_size"),
        fields.integer("vocab_size"),
        fields.integer("max_length"),
        fields.integer("max_position_embeddings"),
        fields.number("rope_theta"),
        ropeScaling(fields),
        fields.number("rms_norm_eps"),
        fields.integer("bos_token_id"),
        fields.integer("eos_token_id"),
        fields.integer("pad_token_id"),
        fields.isAbsent("vision_config")
            ? VisionConfig.clipL336()
            : VisionConfig.read(fields.object("vision_config")));
  }

  private static void requireKnownModel(ConfigFields fields) {
    fields.requireText("model_type", "internlmxcomposer2");
    // Its siblings differ in ways no other key tells, such as the PLoRA scale of wqkv.
    String architecture = fields.onlyText("architectures");
    if (!architecture.equals("InternLM2ForCausalLM")) {
      throw fields.unsupported(
          "architectures",
          "[\"" + StrictJson.shortened(architecture) + "\"]",
          "[\"InternLM2ForCausalLM\"]");
    }
    fields.requireText("hidden_act", "silu");
    fields.requireFalse("bias");
    fields.requireFalse("tie_word_embeddings");
  }

  private static RopeScaling ropeScaling(ConfigFields fields) {
    if (fields.isNull("rope_scaling")) {
      return null;
    }
    ConfigFields scaling = fields.object("rope_scaling");
    String type = scaling.text("type");
    double factor = scaling.number("factor");
    return switch (type) {
      case "linear" -> new RopeScaling(RopeScaling.Type.LINEAR, factor);
      case "dynamic" -> new RopeScaling(RopeScaling.Type.DYNAMIC, factor);
      default ->
          throw scaling.unsupported(
              "type", '"' + StrictJson.shortened(type) + '"', "\"linear\" or \"dynamic\"");
    };
  }
}
