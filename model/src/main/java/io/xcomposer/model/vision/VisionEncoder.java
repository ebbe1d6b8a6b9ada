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

  /** The most bytes that tower and projector take of the workspace. */
  public long workspaceBytes() {
    long pixelBytes = VIEWS_AT_ONCE * (long) Tiles.VIEW_BYTES;
    long elements =
        Math.max(VIEWS_AT_ONCE * tower.workspaceElements(), projector.workspaceElements());
    return pixelBytes + elements * backend.activationDtype().bytes();
  }

  /**
   * The most bytes that a page takes beside the workspace until it has become image tokens:
   * features of its views, merged tokens, and the image tokens themselves.
   */
  public long bytesOf(int gridHeight, int gridWidth) {
    long views = 1 + (long) gridHeight * gridWidth;
    long features = views * config.numPositions() * config.hiddenSize();
    long tokens = merger.tokens(gridHeight, gridWidth);
    long merged = tokens * merger.width();
    return (2 * features + merged + tokens * projector.width()) * backend.activationDtype().bytes();
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
     * Merges and projects, when all views have run. What is as large as the page is not taken from
     * the workspace, which would stay as large.
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
      int count = merger.tokens(page.tiles().gridHeight(), page.tiles().gridWidth());
      Tensor imageTokens =
          backend.allocate(backend.activationDtype(), Shape.of(count, projector.width()));
      try (Tensor merged = backend.allocate(features.dtype(), Shape.of(count, merger.width()))) {
        merge(page, merged);
        observer.stage("merged_tokens", merged);
        projector.forward(imageTokens, merged, workspace);
        observer.stage("projected_tokens", imageTokens);
      } catch (RuntimeException | Error e) {
        imageTokens.close();
        throw e;
      }
      return imageTokens;
    }

    /**
     * From the features of its views side by side: as they are, or gathered when some are shared.
     */
    private void merge(ViewBatch.Placed page, Tensor merged) {
      int height = page.tiles().gridHeight();
      int width = page.tiles().gridWidth();
      int[] slots = page.slots();
      if (page.viewsThatRun() == slots.length) {
        merger.forward(merged, features.rows(slots[0], slots.length), height, width);
        return;
      }
      Shape shape = Shape.of(slots.length, config.numPositions(), config.hiddenSize());
      try (Tensor gathered = backend.allocate(features.dtype(), shape)) {
        for (int i = 0; i < slots.length; i++) {
          backend.copy(features.rows(slots[i], 1), gathered.rows(i, 1));
        }
        merger.forward(merged, gathered, height, width);
      }
    }

    @Override
    public void close() {
      features.close();
    }
  }
}
