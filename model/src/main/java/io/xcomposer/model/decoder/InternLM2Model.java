package io.xcomposer.model.decoder;

import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.KvCache;
import io.xcomposer.model.backend.PackedWeight;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.weights.WeightLoader;
import java.util.ArrayList;
import java.util.List;

/** The language model: embeddings in, logits out (model-spec 5). */
public final class InternLM2Model implements AutoCloseable {
  private final Backend backend;
  private final XComposerConfig config;
  private final Tensor tokEmbeddings;
  private final List<InternLM2DecoderLayer> layers = new ArrayList<>();
  private final Tensor norm;
  private final PackedWeight output;
  private final RotaryTable rotaryTable;

  /**
   * Loads all layers.
   *
   * @param weights the root of the checkpoint's keys
   */
  public InternLM2Model(Backend backend, XComposerConfig config, WeightLoader weights) {
    this.backend = backend;
    this.config = config;
    WeightLoader model = weights.at("model");
    tokEmbeddings = model.table("tok_embeddings.weight");
    for (int i = 0; i < config.numHiddenLayers(); i++) {
      layers.add(new InternLM2DecoderLayer(backend, config, model.at("layers").at(i), i));
    }
    norm = model.vector("norm.weight");
    output = weights.linear("output.weight");
    rotaryTable = new RotaryTable(backend, config);
  }

  public XComposerConfig config() {
    return config;
  }

  /**
   * The base of the rotary embedding for a sequence of so many tokens; steps hold sequences of one
   * base only (model-spec 5.2).
   */
  public double ropeBase(int length) {
    return rotaryTable.base(length);
  }

  /** Embedding rows of text. embeddings (N, C), ids (N). */
  public void embed(Tensor embeddings, int[] ids) {
    backend.gatherRows(embeddings, tokEmbeddings, ids);
  }

  /**
   * Runs the new tokens of a step through all layers and the final norm and appends them to the
   * cache.
   *
   * @param x (N, C): embeddings, changed in place to what {@link #logits} reads
   */
  public void forward(
      Tensor x, Step step, KvCache cache, Workspace workspace, StageObserver observer) {
    Tensor cosSin = rotaryTable.forLength(step.ropeLength());
    for (InternLM2DecoderLayer layer : layers) {
      layer.forward(x, cosSin, step, cache, workspace, observer);
    }
    backend.rmsNorm(x, x, norm, (float) config.rmsNormEps());
    observer.stage("llm_after_final_norm", x);
  }

  /**
   * The output layer on the rows whose next token is wanted.
   *
   * @param logits (R, V) F32
   * @param x (R, C): rows of what {@link #forward} left
   */
  public void logits(Tensor logits, Tensor x) {
    backend.linear(logits, x, output);
  }

  /**
   * The most bytes of the workspace that a step takes, its embeddings and logits included.
   *
   * @param rows of the step
   * @param logitRows rows whose next token is wanted
   */
  public long workspaceBytes(int rows, int logitRows) {
    long widest =
        layers.stream().mapToLong(InternLM2DecoderLayer::workspaceElements).max().orElse(0);
    return rows * (config.hiddenSize() + widest) * backend.activationDtype().bytes()
        + logitRows * (long) config.hiddenSize() * backend.activationDtype().bytes()
        + logitRows * (long) config.vocabSize() * DType.F32.bytes();
  }

  /** Bytes that cosines and sines of so many positions take. */
  public long rotaryTableBytes(int positions) {
    return rotaryTable.bytes(positions);
  }

  @Override
  public void close() {
    rotaryTable.close();
  }
}
