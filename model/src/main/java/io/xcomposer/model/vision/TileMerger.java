package io.xcomposer.model.vision;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.weights.WeightLoader;

/**
 * From views to one sequence (model-spec 4.7): 2×2 merge, the global view first, {@code
 * plora_glb_GN} behind it, then the tiles as one map; every row of cells ends with {@code
 * plora_sub_GN}.
 */
public final class TileMerger {
  private final Backend backend;
  private final Tensor ploraGlbGn;
  private final Tensor ploraSubGn;
  private final int cells;

  /**
   * Loads the separators.
   *
   * @param weights the root of the checkpoint's keys
   * @param cells merged cells along the edge of a view, 12 in the published model
   */
  public TileMerger(Backend backend, WeightLoader weights, int cells) {
    this.backend = backend;
    this.cells = cells;
    ploraGlbGn = weights.vector("plora_glb_GN");
    ploraSubGn = weights.vector("plora_sub_GN");
  }

  /** Image tokens of a grid: all cells, a separator a row, one between global view and tiles. */
  public int tokens(int gridHeight, int gridWidth) {
    return rows(1) + 1 + gridHeight * rows(gridWidth);
  }

  /** Width of a merged token, 4·C. */
  public long width() {
    return ploraSubGn.shape().elements();
  }

  /**
   * Merges one page.
   *
   * @param out (T, 4·C), T = {@link #tokens}
   * @param features (1 + h·w, P, C): the global view, then the tiles row by row
   */
  public void forward(Tensor out, Tensor features, int gridHeight, int gridWidth) {
    backend.mergeTiles(out.rows(0, rows(1)), features.rows(0, 1), ploraSubGn);
    backend.copy(ploraGlbGn, out.rows(rows(1), 1));
    for (int row = 0; row < gridHeight; row++) {
      Tensor target = out.rows(rows(1) + 1 + (long) row * rows(gridWidth), rows(gridWidth));
      Tensor tiles = features.rows(1 + (long) row * gridWidth, gridWidth);
      backend.mergeTiles(target, tiles, ploraSubGn);
    }
  }

  private int rows(int tiles) {
    return cells * (tiles * cells + 1);
  }
}
