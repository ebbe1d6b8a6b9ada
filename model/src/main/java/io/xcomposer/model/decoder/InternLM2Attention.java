package io.xcomposer.model.decoder;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.KvCache;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.weights.WeightLoader;

/** Grouped-query attention over the paged cache (model-spec 5.1, 5.2). */
final class InternLM2Attention {
  /** alpha 16 over rank 8; nothing in config.json says so (model-spec 5.3). */
  private static final float WQKV_PLORA_SCALE = 2.0f;

  private final Backend backend;
  private final int layer;
  private final long queryWidth;
  private final float scale;
  private final PLoraLinear wqkv;
  private final PLoraLinear wo;

  InternLM2Attention(Backend backend, XComposerConfig config, WeightLoader weights, int layer) {
    this.backend = backend;
    this.layer = layer;
    queryWidth = (long) config.numAttentionHeads() * config.headDim();
    scale = (float) (1 / Math.sqrt(config.headDim()));
    wqkv = new PLoraLinear(backend, weights.at("wqkv"), WQKV_PLORA_SCALE);
    wo = new PLoraLinear(backend, weights.at("wo"), InternLM2DecoderLayer.PLORA_SCALE);
  }

  /** What {@link #forward} takes of the workspace for a row. */
  long workspaceElements() {
    return wqkv.out() + 2 * queryWidth + Math.max(wqkv.rank(), wo.rank());
  }

  /**
   * Appends the step's keys and values to {@code cache} and attends to all before them.
   *
   * @param out (N, C)
   * @param x (N, C), normalised
   * @param cosSin (T, D) F32
   */
  void forward(Tensor out, Tensor x, Tensor cosSin, Step step, KvCache cache, Workspace workspace) {
    long rows = x.shape().size(0);
    try (Workspace.Scope scope = workspace.open()) {
      Tensor packed = scope.take(x.dtype(), rows, wqkv.out());
      Tensor q = scope.take(x.dtype(), rows, queryWidth);
      Tensor attended = scope.take(x.dtype(), rows, queryWidth);
      wqkv.forward(packed, x, step.imageRows(), workspace);
      backend.rotaryAppend(q, packed, cosSin, cache, layer, step.batch());
      backend.pagedAttention(attended, q, cache, layer, step.batch(), scale);
      wo.forward(out, attended, step.imageRows(), workspace);
    }
  }
}
