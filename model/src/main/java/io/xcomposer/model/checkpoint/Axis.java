package io.xcomposer.model.checkpoint;

import io.xcomposer.model.config.VisionConfig;
import io.xcomposer.model.config.XComposerConfig;

/** A size in the shape of a tensor, in the words of {@code config.json} (model-spec 3). */
public enum Axis {
  ONE("1"),
  VOCAB("vocab_size"),
  HIDDEN("hidden_size"),
  INTERMEDIATE("intermediate_size"),
  WQKV("(num_attention_heads + 2 * num_key_value_heads) * head_dim"),
  /** Rank of a PLoRA pair: no key of the config tells it, the tensors do. */
  RANK("rank"),
  VIT_HIDDEN("vision_config.hidden_size"),
  VIT_INTERMEDIATE("vision_config.intermediate_size"),
  VIT_POSITIONS("1 + patches of a view"),
  CHANNELS("3"),
  PATCH("vision_config.patch_size"),
  MERGED("4 * vision_config.hidden_size");

  private final String symbol;

  Axis(String symbol) {
    this.symbol = symbol;
  }

  /** How the config names it. */
  public String symbol() {
    return symbol;
  }

  /** The size for a config, or {@link TensorTable#ANY}. */
  long size(XComposerConfig config) {
    VisionConfig vision = config.vision();
    return switch (this) {
      case ONE -> 1;
      case VOCAB -> config.vocabSize();
      case HIDDEN -> config.hiddenSize();
      case INTERMEDIATE -> config.intermediateSize();
      case WQKV -> config.wqkvSize();
      case RANK -> TensorTable.ANY;
      case VIT_HIDDEN -> vision.hiddenSize();
      case VIT_INTERMEDIATE -> vision.intermediateSize();
      case VIT_POSITIONS -> vision.numPositions();
      case CHANNELS -> VisionConfig.NUM_CHANNELS;
      case PATCH -> vision.patchSize();
      case MERGED -> vision.mergedSize();
    };
  }
}
