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
import java.util.ArrayList;
import java.util.List;

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
   * Starts to encode pages.
   *
   * @param workspace open during each call only
   */
  public Encoding start(ViewBatch batch, Workspace workspace, StageObserver observer) {
    return new Encoding(batch, workspace, observer);
  }

  /**
   * Pages on their way through the tower, some views a call, so that other work can go on between.
   * Owns the features of all their views until it is closed.
   */
  public final class Encoding implements AutoCloseable {
    private final ViewBatch batch;
    private final Workspace workspace;
    private final StageObserver observer;
    private final Tensor features;
    private int done;

    private Encoding(ViewBatch batch, Workspace workspace, StageObserver observer) {
      this.batch = batch;
      this.workspace = workspace;
      this.observer = observer;
      Shape shape = Shape.of(batch.size(), config.numPositions(), config.hiddenSize());
      features = backend.allocate(backend.activationDtype(), shape);
    }

    /** Runs the next views; false when there are none left. */
    public boolean advance() {
      int count = Math.min(VIEWS_AT_ONCE, batch.size() - done);
      if (count == 0) {
        return false;
      }
      long side = config.imageSize();
      try (Workspace.Scope scope = workspace.open()) {
        Tensor views = scope.take(DType.F32, count, 3, side, side);
        pixels.clear();
        for (ViewBatch.View view : batch.views().subList(done, done + count)) {
          view.tiles().write(view.index(), 1, pixels);
        }
        backend.upload(pixels.flip(), views);
        observer.stage("views", views);
        tower.forward(features.rows(done, count), views, workspace, observer);
      }
      done += count;
      return true;
    }

    /**
     * Merges and projects, when all views have run.
     *
     * @return (T, C) image tokens of each page, in their order; the caller closes them
     */
    public List<Tensor> finish() {
      List<Tensor> imageTokens = new ArrayList<>();
      try {
        batch.pages().forEach(page -> imageTokens.add(tokens(page)));
      } catch (RuntimeException | Error e) {
        imageTokens.forEach(Tensor::close);
        throw e;
      }
      return imageTokens;
    }

    private Tensor tokens(ViewBatch.Placed page) {
      int height = page.tiles().gridHeight();
      int width = page.tiles().gridWidth();
      int count = merger.tokens(height, width);
      Tensor imageTokens =
          backend.allocate(backend.activationDtype(), Shape.of(count, projector.width()));
      try (Workspace.Scope scope = workspace.open()) {
        Tensor merged = scope.take(features.dtype(), count, merger.width());
        merger.forward(merged, featuresOf(page, scope), height, width);
        observer.stage("merged_tokens", merged);
        projector.forward(imageTokens, merged, workspace);
        observer.stage("projected_tokens", imageTokens);
      } catch (RuntimeException | Error e) {
        imageTokens.close();
        throw e;
      }
      return imageTokens;
    }

    /** (1 + h·w, P, C) side by side: as they are, or gathered when some are shared. */
    private Tensor featuresOf(ViewBatch.Placed page, Workspace.Scope scope) {
      int[] slots = page.slots();
      if (page.viewsThatRun() == slots.length) {
        return features.rows(slots[0], slots.length);
      }
      Tensor gathered =
          scope.take(features.dtype(), slots.length, config.numPositions(), config.hiddenSize());
      for (int i = 0; i < slots.length; i++) {
        backend.copy(features.rows(slots[i], 1), gathered.rows(i, 1));
      }
      return gathered;
    }

    @Override
    public void close() {
      features.close();
    }
  }
}
