package io.xcomposer.model.config;

/**
 * The CLIP tower (model-spec 2, 4.6).
 *
 * @param imageSize edge of a view in pixels
 * @param patchSize edge of a patch in pixels
 */
public record VisionConfig(
    int hiddenSize,
    int numHiddenLayers,
    int numAttentionHeads,
    int intermediateSize,
    int imageSize,
    int patchSize,
    double layerNormEps) {

  /** Channels of a view: red, green, blue. */
  public static final int NUM_CHANNELS = 3;

  public VisionConfig {
    Ranges.require("vision_config.hidden_size", hiddenSize, 1, 1 << 15);
    Ranges.require("vision_config.num_hidden_layers", numHiddenLayers, 1, 512);
    Ranges.require("vision_config.num_attention_heads", numAttentionHeads, 1, 1024);
    Ranges.require("vision_config.intermediate_size", intermediateSize, 1, 1 << 18);
    Ranges.require("vision_config.image_size", imageSize, 1, 4096);
    Ranges.require("vision_config.patch_size", patchSize, 1, 4096);
    Ranges.requireNumber("vision_config.layer_norm_eps", layerNormEps, 1e-12, 1);
    Ranges.requireMultiple(
        "vision_config.hidden_size",
        hiddenSize,
        "vision_config.num_attention_heads",
        numAttentionHeads);
    // The 2×2 merge needs an even number of patches along an edge.
    Ranges.requireMultiple(
        "vision_config.image_size", imageSize, "2 * vision_config.patch_size", 2L * patchSize);
  }

  /** CLIP ViT-L/14-336, the tower of the published model. */
  public static VisionConfig clipL336() {
    return new VisionConfig(1024, 24, 16, 4096, 336, 14, 1e-5);
  }

  /** Size of an attention head. */
  public int headDim() {
    return hiddenSize / numAttentionHeads;
  }

  /** Patches along the edge of a view. */
  public int patchesPerEdge() {
    return imageSize / patchSize;
  }

  /** Positions of a view: the class token and its patches. */
  public int numPositions() {
    return 1 + patchesPerEdge() * patchesPerEdge();
  }

  /** Width of a merged 2×2 cell and of the separators, the projector's input. */
  public int mergedSize() {
    return 4 * hiddenSize;
  }

  static VisionConfig read(ConfigFields fields) {
    fields.requireText("hidden_act", "quick_gelu");
    fields.requireInteger("num_channels", NUM_CHANNELS);
    // Tiles are cut and padded in steps of 336 pixels whatever the tower's width.
    fields.requireInteger("image_size", 336);
    fields.requireInteger("patch_size", 14);
    return new VisionConfig(
        fields.integer("hidden_size"),
        fields.integer("num_hidden_layers"),
        fields.integer("num_attention_heads"),
        fields.integer("intermediate_size"),
        fields.integer("image_size"),
        fields.integer("patch_size"),
        fields.number("layer_norm_eps"));
  }
}
