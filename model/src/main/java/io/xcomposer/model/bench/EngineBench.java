package io.xcomposer.model.bench;

import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.KvCache;
import io.xcomposer.model.backend.PackedWeight;
import io.xcomposer.model.backend.SequenceBatch;
import io.xcomposer.model.checkpoint.Weights;
import io.xcomposer.model.config.VisionConfig;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.decoder.RowRange;
import io.xcomposer.model.decoder.Step;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.vision.ClipVisionTower;
import io.xcomposer.model.weights.WeightLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.SplittableRandom;
import java.util.stream.IntStream;

/**
 * Measures the stages of the engine with random weights: GEMM, tower, prefill, decode. Nothing is
 * read from a disk; the answers mean nothing.
 *
 * <p>With fewer layers than the shape has, prefill and decode are extrapolated: the time of the
 * layers that ran, scaled to all of them, and the time of the output layer.
 */
public final class EngineBench {
  private static final int[] PREFILL_ROWS = {512, 2048};
  private static final int DECODE_CONTEXT = 512;
  private static final int VIEWS = 2;
  private static final int GEMM_ROWS = 2048;

  private final Backend backend;
  private final XComposerConfig full;
  private final XComposerConfig config;
  private final DType dtype;
  private final Stopwatch stopwatch;
  private final List<BenchResult> results = new ArrayList<>();

  /**
   * A bench of one shape and dtype.
   *
   * @param full the shape to report for
   * @param layers decoder layers that are built and timed, at most those of the shape
   * @param secondsEach time to spend on each figure
   */
  public EngineBench(
      Backend backend, XComposerConfig full, int layers, DType dtype, double secondsEach) {
    this.backend = backend;
    this.full = full;
    this.config = full.withLayers(Math.min(layers, full.numHiddenLayers()));
    this.dtype = dtype;
    this.stopwatch = new Stopwatch(secondsEach);
  }

  /** Runs all. */
  public List<BenchResult> run() {
    Weights random = new RandomWeights(config);
    double peak = gemm(random);
    try (Workspace workspace =
        new Workspace(bytes -> backend.allocate(DType.U8, Shape.of(bytes)))) {
      try (WeightLoader weights = new WeightLoader(random, backend, dtype)) {
        tower(weights, workspace, peak);
      }
      try (WeightLoader weights = new WeightLoader(random, backend, dtype);
          InternLM2Model model = new InternLM2Model(backend, config, weights)) {
        for (int rows : PREFILL_ROWS) {
          prefill(model, workspace, rows, peak);
        }
        decode(model, workspace);
      }
    }
    return List.copyOf(results);
  }

  /** GFLOP/s of the widest linear layer: the limit of all that is compute-bound. */
  private double gemm(Weights random) {
    try (PackedWeight w1 =
            backend.pack(random.matrix("model.layers.0.feed_forward.w1.weight"), null, dtype);
        Tensor x = random(GEMM_ROWS, w1.in());
        Tensor out = backend.allocate(backend.activationDtype(), Shape.of(GEMM_ROWS, w1.out()))) {
      double seconds =
          stopwatch.median(
              () -> {
                backend.linear(out, x, w1);
                backend.synchronize();
              });
      double gflops = 2.0 * GEMM_ROWS * w1.in() * w1.out() / seconds / 1e9;
      add("gemm." + name() + ".m" + GEMM_ROWS, gflops, "GFLOP/s", Double.NaN);
      return gflops;
    }
  }

  private void tower(WeightLoader weights, Workspace workspace, double peakGflops) {
    VisionConfig vision = config.vision();
    ClipVisionTower tower =
        new ClipVisionTower(backend, vision, weights.at("vit.vision_tower.vision_model"));
    long side = vision.imageSize();
    try (Tensor views = random(VIEWS, 3, side, side);
        Tensor features =
            backend.allocate(
                backend.activationDtype(),
                Shape.of(VIEWS, vision.numPositions(), vision.hiddenSize()))) {
      double seconds =
          stopwatch.median(
              () -> {
                tower.forward(features, views, workspace, StageObserver.NONE);
                backend.synchronize();
              });
      double flops = BenchFlops.view(vision);
      add("views." + name(), VIEWS / seconds, "views/s", peakGflops * 1e9 / flops);
    }
  }

  private void prefill(InternLM2Model model, Workspace workspace, int rows, double peakGflops) {
    double seconds = step(model, workspace, rows, 0);
    double flops = BenchFlops.prefill(full, rows);
    add(
        "prefill." + name() + "." + rows,
        rows / seconds,
        "tokens/s",
        rows * peakGflops * 1e9 / flops);
  }

  private void decode(InternLM2Model model, Workspace workspace) {
    double seconds = step(model, workspace, 1, DECODE_CONTEXT);
    add("decode." + name() + ".seqs1", 1 / seconds, "tokens/s", Double.NaN);
  }

  /** Seconds of a step of {@code rows} new tokens behind {@code past} cached ones, all layers. */
  private double step(InternLM2Model model, Workspace workspace, int rows, int past) {
    int length = past + rows;
    try (KvCache cache = cache(length);
        Tensor x = random(rows, config.hiddenSize());
        Tensor logits = backend.allocate(DType.F32, Shape.of(1, config.vocabSize()))) {
      int[] blocks = IntStream.range(0, cache.blocks()).toArray();
      SequenceBatch batch =
          new SequenceBatch(new int[] {0, rows}, new int[] {length}, new int[][] {blocks});
      // a page is nearly all image tokens: PLoRA runs on every row of a prompt, on none of decode
      List<RowRange> imageRows = past == 0 ? List.of(new RowRange(0, rows)) : List.of();
      Step step = new Step(batch, imageRows, length);
      double layers =
          stopwatch.median(
              () -> {
                model.forward(x, step, cache, workspace, StageObserver.NONE);
                backend.synchronize();
              });
      double output =
          stopwatch.median(
              () -> {
                model.logits(logits, x.rows(rows - 1, 1));
                backend.synchronize();
              });
      return layers * full.numHiddenLayers() / config.numHiddenLayers() + output;
    }
  }

  private KvCache cache(int tokens) {
    int blocks = (tokens + backend.kvBlockTokens() - 1) / backend.kvBlockTokens();
    return backend.allocateKvCache(
        config.numHiddenLayers(),
        blocks,
        config.numKeyValueHeads(),
        config.headDim(),
        dtype.ofValues());
  }

  private Tensor random(long... sizes) {
    Tensor tensor = backend.allocate(backend.activationDtype(), Shape.of(sizes));
    int count = Math.toIntExact(tensor.shape().elements());
    ByteBuffer values =
        ByteBuffer.allocateDirect(Math.toIntExact(tensor.bytes())).order(ByteOrder.LITTLE_ENDIAN);
    SplittableRandom random = new SplittableRandom(1);
    for (int i = 0; i < count; i++) {
      values.putFloat((float) random.nextDouble(-1, 1));
    }
    backend.upload(values.flip(), tensor);
    return tensor;
  }

  private String name() {
    return dtype.name().toLowerCase(Locale.ROOT);
  }

  private void add(String name, double value, String unit, double limit) {
    results.add(new BenchResult(name, value, unit, limit));
  }
}
