package io.xcomposer.model.vision;

import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.PackedWeight;
import io.xcomposer.model.config.VisionConfig;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.weights.WeightLoader;
import java.util.ArrayList;
import java.util.List;

/**
 * CLIP ViT up to its last layer: no post layer norm, class token kept for the merger to drop
 * (model-spec 4.6).
 */
public final class ClipVisionTower {
  private final Backend backend;
  private final VisionConfig config;
  private final PackedWeight patchEmbedding;
  private final Tensor classEmbedding;
  private final Tensor positionEmbedding;
  private final Tensor preLayrnormWeight;
  private final Tensor preLayrnormBias;
  private final List<ClipEncoderLayer> layers = new ArrayList<>();

  /**
   * Loads the tower.
   *
   * @param weights the keys below {@code vit.vision_tower.vision_model}
   */
  public ClipVisionTower(Backend backend, VisionConfig config, WeightLoader weights) {
    this.backend = backend;
    this.config = config;
    WeightLoader embeddings = weights.at("embeddings");
    patchEmbedding = embeddings.floatLinear("patch_embedding.weight");
    classEmbedding = embeddings.vector("class_embedding");
    positionEmbedding =
        embeddings
            .vector("position_embedding.weight")
            .reshape(config.numPositions(), config.hiddenSize());
    preLayrnormWeight = weights.vector("pre_layrnorm.weight");
    preLayrnormBias = weights.vector("pre_layrnorm.bias");
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(new ClipEncoderLayer(backend, config, weights.at("encoder.layers").at(i)));
    }
  }

  /** What {@link #forward} takes of the workspace for a view. */
  long workspaceElements() {
    long patches = (config.numPositions() - 1L) * (patchEmbedding.in() + config.hiddenSize());
    long widest = layers.stream().mapToLong(ClipEncoderLayer::workspaceElements).max().orElse(0);
    return Math.max(patches, config.numPositions() * widest);
  }

  /**
   * Runs all views given.
   *
   * @param features out (V, P, C): output of the last layer, class token first
   * @param views (V, 3, S, S) normalised pixels
   */
  public void forward(Tensor features, Tensor views, Workspace workspace, StageObserver observer) {
    int count = Math.toIntExact(views.shape().size(0));
    long patches = config.numPositions() - 1L;
    try (Workspace.Scope scope = workspace.open()) {
      Tensor pixels = scope.take(features.dtype(), count * patches, patchEmbedding.in());
      Tensor embedded = scope.take(features.dtype(), count, patches, config.hiddenSize());
      backend.patchify(pixels, views, config.patchSize());
      backend.linear(
          embedded.reshape(count * patches, config.hiddenSize()), pixels, patchEmbedding);
      backend.embedPatches(features, embedded, classEmbedding, positionEmbedding);
    }
    Tensor x = features.reshape(count * (patches + 1), config.hiddenSize());
    backend.layerNorm(x, x, preLayrnormWeight, preLayrnormBias, (float) config.layerNormEps());
    observer.stage("vit_after_pre_layrnorm", features);
    for (int i = 0; i < layers.size(); i++) {
      layers.get(i).forward(x, count, workspace);
      observer.stage("vit_after_layer_" + i, features);
    }
  }
}
