package io.xcomposer.model.vision;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.PackedWeight;
import io.xcomposer.model.config.VisionConfig;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.weights.WeightLoader;

/** One pre-norm layer of the CLIP tower (model-spec 4.6). */
final class ClipEncoderLayer {
  private final Backend backend;
  private final int heads;
  private final float scale;
  private final float epsilon;

  private final Tensor layerNorm1Weight;
  private final Tensor layerNorm1Bias;
  private final PackedWeight qkvProj;
  private final DType products;
  private final PackedWeight outProj;
  private final Tensor layerNorm2Weight;
  private final Tensor layerNorm2Bias;
  private final PackedWeight fc1;
  private final PackedWeight fc2;

  ClipEncoderLayer(Backend backend, VisionConfig config, WeightLoader weights) {
    this.backend = backend;
    this.heads = config.numAttentionHeads();
    this.scale = (float) (1 / Math.sqrt(config.headDim()));
    this.epsilon = (float) config.layerNormEps();
    layerNorm1Weight = weights.vector("layer_norm1.weight");
    layerNorm1Bias = weights.vector("layer_norm1.bias");
    qkvProj = weights.at("self_attn").linearsWithBias("q_proj", "k_proj", "v_proj");
    // Attention is exact where the weights are; beside narrower ones its products are bf16.
    products = qkvProj.dtype() == DType.F32 ? DType.F32 : DType.BF16;
    outProj = weights.linearWithBias("self_attn.out_proj");
    layerNorm2Weight = weights.vector("layer_norm2.weight");
    layerNorm2Bias = weights.vector("layer_norm2.bias");
    fc1 = weights.linearWithBias("mlp.fc1");
    fc2 = weights.linearWithBias("mlp.fc2");
  }

  /** What {@link #forward} takes of the workspace for a row. */
  long workspaceElements() {
    return 2 * outProj.out() + qkvProj.out() + fc1.out();
  }

  /**
   * Runs the layer.
   *
   * @param x (V·P, C), changed in place
   * @param views V, each attends to itself only
   */
  void forward(Tensor x, int views, Workspace workspace) {
    long rows = x.shape().size(0);
    long width = x.shape().size(1);
    try (Workspace.Scope scope = workspace.open()) {
      Tensor y = scope.take(x.dtype(), rows, width);
      Tensor residual = scope.take(x.dtype(), rows, width);

      // x += out(attn(layer_norm1(x)))
      backend.layerNorm(y, x, layerNorm1Weight, layerNorm1Bias, epsilon);
      Tensor qkv = scope.take(x.dtype(), rows, 3 * width);
      backend.linear(qkv, y, qkvProj);
      backend.attention(y, qkv, views, heads, scale, products);
      backend.linear(residual, y, outProj);
      backend.add(x, residual);

      // x += fc2(quick_gelu(fc1(layer_norm2(x))))
      backend.layerNorm(y, x, layerNorm2Weight, layerNorm2Bias, epsilon);
      Tensor hidden = scope.take(x.dtype(), rows, fc1.out());
      backend.linear(hidden, y, fc1);
      backend.quickGelu(hidden);
      backend.linear(residual, hidden, fc2);
      backend.add(x, residual);
    }
  }
}
