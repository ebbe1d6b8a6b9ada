package io.xcomposer.model.decoder;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.PackedWeight;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.weights.WeightLoader;
import java.util.List;

/**
 * Partial LoRA: image tokens get a low-rank correction, text tokens do not (model-spec 5.3).
 *
 * <pre>out[n] = W·x[n] + (n is an image row ? scale·B·(A·x[n]) : 0)</pre>
 */
final class PLoraLinear {
  private final Backend backend;
  private final PackedWeight weight;
  private final PackedWeight ploraA;
  private final PackedWeight ploraB;
  private final float scale;

  /**
   * Loads weight and low-rank pair.
   *
   * @param weights the keys below the linear layer
   * @param scale alpha / rank
   */
  PLoraLinear(Backend backend, WeightLoader weights, float scale) {
    this.backend = backend;
    this.scale = scale;
    weight = weights.decoderLinear("weight");
    ploraA = weights.floatLinear("Plora_A.weight");
    ploraB = weights.floatLinear("Plora_B.weight");
  }

  long out() {
    return weight.out();
  }

  long rank() {
    return ploraA.out();
  }

  /**
   * Runs the layer; rows outside of {@code imageRows} get the plain product.
   *
   * @param out (N, out)
   * @param x (N, in)
   */
  void forward(Tensor out, Tensor x, List<RowRange> imageRows, Workspace workspace) {
    backend.linear(out, x, weight);
    for (RowRange rows : imageRows) {
      try (Workspace.Scope scope = workspace.open()) {
        Tensor low = scope.take(x.dtype(), rows.count(), ploraA.out());
        backend.linear(low, x.rows(rows.first(), rows.count()), ploraA);
        backend.linearAdd(out.rows(rows.first(), rows.count()), low, ploraB, scale);
      }
    }
  }
}
