package io.xcomposer.model.decoder;

import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.KvCache;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.weights.WeightLoader;

/** One decoder layer with its gated MLP (model-spec 5.1). */
final class InternLM2DecoderLayer {
  /** alpha equals rank for every linear but wqkv (model-spec 5.3). */
  static final float PLORA_SCALE = 1.0f;

  private final Backend backend;
  private final int layer;
  private final float epsilon;
  private final Tensor attentionNorm;
  private final InternLM2Attention attention;
  private final Tensor ffnNorm;
  private final PLoraLinear w1;
  private final PLoraLinear w2;
  private final PLoraLinear w3;

  InternLM2DecoderLayer(Backend backend, XComposerConfig config, WeightLoader weights, int layer) {
    this.backend = backend;
    this.layer = layer;
    epsilon = (float) config.rmsNormEps();
    attentionNorm = weights.vector("attention_norm.weight");
    attention = new InternLM2Attention(backend, config, weights.at("attention"), layer);
    ffnNorm = weights.vector("ffn_norm.weight");
    WeightLoader feedForward = weights.at("feed_forward");
    w1 = new PLoraLinear(backend, feedForward.at("w1"), PLORA_SCALE);
    w3 = new PLoraLinear(backend, feedForward.at("w3"), PLORA_SCALE);
    w2 = new PLoraLinear(backend, feedForward.at("w2"), PLORA_SCALE);
  }

  /** What {@link #forward} takes of the workspace for a row. */
  long workspaceElements() {
    long mlp = w1.out() + w3.out() + Math.max(w1.rank(), Math.max(w2.rank(), w3.rank()));
    return 2 * w2.out() + Math.max(attention.workspaceElements(), mlp);
  }

  /**
   * Runs the layer on the rows of a step.
   *
   * @param x (N, C), changed in place
   * @param cosSin (T, D) F32
   */
  void forward(
      Tensor x,
      Tensor cosSin,
      Step step,
      KvCache cache,
      Workspace workspace,
      StageObserver observer) {
    long rows = x.shape().size(0);
    try (Workspace.Scope scope = workspace.open()) {
      Tensor y = scope.take(x.dtype(), rows, x.shape().size(1));
      Tensor residual = scope.take(x.dtype(), rows, x.shape().size(1));

      // x += attention(attention_norm(x))
      backend.rmsNorm(y, x, attentionNorm, epsilon);
      attention.forward(residual, y, cosSin, step, cache, workspace);
      observer.stage("llm_attention_out_" + layer, residual);
      backend.add(x, residual);

      // x += w2(silu(w1(y)) * w3(y)), y = ffn_norm(x)
      backend.rmsNorm(y, x, ffnNorm, epsilon);
      Tensor gate = scope.take(x.dtype(), rows, w1.out());
      Tensor up = scope.take(x.dtype(), rows, w3.out());
      w1.forward(gate, y, step.imageRows(), workspace);
      w3.forward(up, y, step.imageRows(), workspace);
      backend.siluMultiply(gate, up);
      w2.forward(residual, gate, step.imageRows(), workspace);
      backend.add(x, residual);
    }
    observer.stage("llm_after_layer_" + layer, x);
  }
}
