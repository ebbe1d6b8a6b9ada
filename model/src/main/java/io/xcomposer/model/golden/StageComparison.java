package io.xcomposer.model.golden;

import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.Tensor;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;

/**
 * Compares stages with recorded tensors as they come, piece by piece, and keeps the largest error
 * of each.
 */
final class StageComparison implements StageObserver {
  /** Limits of golden/README.md, absolute. */
  private static final double TILES = 1e-6;

  private static final double GLOBAL_VIEW = 1e-5;
  private static final double VISION = 1e-4;
  private static final double DECODER = 5e-4;

  private final Backend backend;
  private final Map<String, float[]> expected;
  private final Map<String, Integer> seen = new LinkedHashMap<>();
  private final Map<String, Double> largestError = new LinkedHashMap<>();
  private final Set<Integer> globalViews = new HashSet<>();
  private int view;

  /**
   * A comparison with the tensors of one case.
   *
   * @param expected recorded tensors by stage, flattened
   * @param viewsOfImages views of each image of the prompt, in order
   */
  StageComparison(Backend backend, Map<String, float[]> expected, List<Integer> viewsOfImages) {
    this.backend = backend;
    int first = 0;
    for (int views : viewsOfImages) {
      globalViews.add(first);
      first += views;
    }
    this.expected = expected;
  }

  @Override
  public void stage(String stage, Tensor tensor) {
    if (!stage.equals("views")) {
      compare(stage, tensor);
      return;
    }
    for (int row = 0; row < tensor.shape().size(0); row++) {
      compare(globalViews.contains(view++) ? "global_view" : "tiles", tensor.rows(row, 1));
    }
  }

  private void compare(String stage, Tensor tensor) {
    int offset = seen.getOrDefault(stage, 0);
    int count = Math.toIntExact(tensor.shape().elements());
    seen.put(stage, offset + count);
    float[] wanted = expected.get(stage);
    if (wanted == null) {
      return;
    }
    float[] found = TopLogits.floats(backend, tensor);
    double largest = 0;
    for (int i = 0; i < count && offset + i < wanted.length; i++) {
      double error = Math.abs((double) found[i] - wanted[offset + i]);
      largest = error <= largest ? largest : error; // NaN wins
    }
    largestError.merge(stage, largest, (a, b) -> a >= b ? a : b);
  }

  /** Reports every recorded stage: too few or too many elements, or an error above its limit. */
  void report(Findings findings) {
    double worst = 0;
    String worstStage = "";
    int compared = 0;
    for (Map.Entry<String, float[]> stage : expected.entrySet()) {
      String name = stage.getKey();
      findings.equal("elements of " + name, stage.getValue().length, seen.getOrDefault(name, 0));
      double error = largestError.getOrDefault(name, Double.NaN);
      findings.near("largest error of " + name, 0, error, limit(name));
      if (error / limit(name) >= worst) {
        worst = error / limit(name);
        worstStage = "%.1e in %s, limit %.0e".formatted(error, name, limit(name));
      }
      compared++;
    }
    findings.note(compared + " stage tensors (closest to its limit: " + worstStage + ")");
  }

  static double limit(String stage) {
    return switch (stage) {
      case "tiles" -> TILES;
      case "global_view" -> GLOBAL_VIEW;
      case "merged_tokens", "projected_tokens" -> VISION;
      default -> stage.startsWith("vit_") ? VISION : DECODER;
    };
  }
}
