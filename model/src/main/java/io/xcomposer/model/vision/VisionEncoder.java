package io.xcomposer.model.vision;

import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.config.VisionConfig;
import io.xcomposer.model.image.Tiles;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.weights.WeightLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** Views to image tokens: tower, merge, projector. */
public final class VisionEncoder {
  /** Views that go through the tower together: enough rows for the GEMMs, little memory. */
  private static final int VIEWS_AT_ONCE = 4;

  private final Backend backend;
  private final VisionConfig config;
  private final ClipVisionTower tower;
  private final TileMerger merger;
  private final VisionProjector projector;

  /** Normalised views on their way to the backend, used again for each batch. */
  private final ByteBuffer pixels =
      ByteBuffer.allocateDirect(VIEWS_AT_ONCE * Tiles.VIEW_BYTES).order(ByteOrder.LITTLE_ENDIAN);

  /**
   * Loads tower, separators and projector.
   *
   * @param weights the root of the checkpoint's keys
   */
  public VisionEncoder(Backend backend, VisionConfig config, WeightLoader weights) {
    this.backend = backend;
    this.config = config;
    tower = new ClipVisionTower(backend, config, weights.at("vit.vision_tower.vision_model"));
    merger = new TileMerger(backend, weights, config.patchesPerEdge() / 2);
    projector = new VisionProjector(backend, weights.at("vision_proj"));
  }

  /**
   * Encodes one page.
   *
   * @return (T, C) image tokens; the caller closes it
   */
  public Tensor encode(Tiles tiles, Workspace workspace, StageObserver observer) {
    int views = tiles.views();
    int tokens = merger.tokens(tiles.gridHeight(), tiles.gridWidth());
    DType dtype = backend.activationDtype();
    Tensor imageTokens = backend.allocate(dtype, Shape.of(tokens, projector.width()));
    try (Workspace.Scope scope = workspace.open()) {
      Tensor features = scope.take(dtype, views, config.numPositions(), config.hiddenSize());
      for (int first = 0; first < views; first += VIEWS_AT_ONCE) {
        int count = Math.min(VIEWS_AT_ONCE, views - first);
        encodeViews(features.rows(first, count), tiles, first, workspace, observer);
      }
      Tensor merged = scope.take(dtype, tokens, merger.width());
      merger.forward(merged, features, tiles.gridHeight(), tiles.gridWidth());
      observer.stage("merged_tokens", merged);
      projector.forward(imageTokens, merged, workspace);
      observer.stage("projected_tokens", imageTokens);
    } catch (RuntimeException | Error e) {
      imageTokens.close();
      throw e;
    }
    return imageTokens;
  }

  private void encodeViews(
      Tensor features, Tiles tiles, int first, Workspace workspace, StageObserver observer) {
    int count = Math.toIntExact(features.shape().size(0));
    long side = config.imageSize();
    try (Workspace.Scope scope = workspace.open()) {
      Tensor views = scope.take(DType.F32, count, 3, side, side);
      tiles.write(first, count, pixels.clear());
      backend.upload(pixels.flip(), views);
      observer.stage("views", views);
      tower.forward(features, views, workspace, observer);
    }
  }
}
