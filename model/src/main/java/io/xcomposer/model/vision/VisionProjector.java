package io.xcomposer.model.vision;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.PackedWeight;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.weights.WeightLoader;

/**
 * {@code vision_proj}: linear, exact GELU, linear; separators go through it too (model-spec 4.7).
 */
public final class VisionProjector {
  /** Rows that go through it together: enough for the GEMMs, bounded activations. */
  private static final long ROWS_AT_ONCE = 2048;

  private final Backend backend;
  private final PackedWeight linear0;
  private final PackedWeight linear2;

  /**
   * Loads the projector.
   *
   * @param weights the keys below {@code vision_proj}
   */
  public VisionProjector(Backend backend, WeightLoader weights) {
    this.backend = backend;
    linear0 = weights.linearWithBias("0");
    linear2 = weights.linearWithBias("2");
  }

  /** Width of a projected token, the decoder's hidden size. */
  public long width() {
    return linear2.out();
  }

  /**
   * Projects merged tokens.
   *
   * @param out (T, C)
   * @param merged (T, 4·Cv)
   */
  public void forward(Tensor out, Tensor merged, Workspace workspace) {
    long rows = merged.shape().size(0);
    for (long first = 0; first < rows; first += ROWS_AT_ONCE) {
      long count = Math.min(ROWS_AT_ONCE, rows - first);
      try (Workspace.Scope scope = workspace.open()) {
        Tensor hidden = scope.take(merged.dtype(), count, linear0.out());
        backend.linear(hidden, merged.rows(first, count), linear0);
        backend.gelu(hidden);
        backend.linear(out.rows(first, count), hidden, linear2);
      }
    }
  }

  /** The most that {@link #forward} takes of the workspace. */
  long workspaceElements() {
    return ROWS_AT_ONCE * linear0.out();
  }
}
