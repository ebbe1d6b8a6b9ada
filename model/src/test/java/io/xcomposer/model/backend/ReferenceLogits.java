package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.ReferenceContract.activation;
import static io.xcomposer.model.backend.ReferenceContract.index;
import static io.xcomposer.model.backend.ReferenceContract.rank;
import static io.xcomposer.model.backend.ReferenceContract.require;

import io.xcomposer.model.tensor.Tensor;

/** The operations on logits that choose entries. */
final class ReferenceLogits {
  private ReferenceLogits() {}

  static void topK(ReferenceMemory memory, float[] values, int[] indices, Tensor x, int k) {
    rank("topK", "x", x, 2);
    activation("topK", x);
    int rows = (int) x.shape().size(0);
    int width = (int) x.shape().size(1);
    require(k >= 1 && k <= width, "topK", "k " + k + " does not fit " + x);
    require(
        values.length == rows * k && indices.length == rows * k,
        "topK",
        "values ("
            + values.length
            + ") and indices ("
            + indices.length
            + ") do not hold "
            + k
            + " of each row of "
            + x);
    float[] elements = memory.read(x);
    for (int n = 0; n < rows; n++) {
      boolean[] taken = new boolean[width];
      for (int place = 0; place < k; place++) {
        int best = -1;
        for (int c = 0; c < width; c++) {
          if (!taken[c]
              && (best < 0 || above(elements[n * width + c], elements[n * width + best]))) {
            best = c;
          }
        }
        taken[best] = true;
        values[n * k + place] = elements[n * width + best];
        indices[n * k + place] = best;
      }
    }
  }

  /** NaN is below everything; equal values are not above each other. */
  private static boolean above(float a, float b) {
    return Float.isNaN(b) ? !Float.isNaN(a) : a > b;
  }

  static float[] penalize(ReferenceMemory memory, Tensor x, int[][] ids, float penalty) {
    rank("penalize", "x", x, 2);
    activation("penalize", x);
    require(ids.length == x.shape().size(0), "penalize", ids.length + " lists of ids for " + x);
    require(penalty > 0, "penalize", "penalty " + penalty + " is not above 0");
    int width = (int) x.shape().size(1);
    float[] elements = memory.read(x);
    for (int n = 0; n < ids.length; n++) {
      for (int id : ids[n]) {
        index("penalize", "id", id, width);
        int at = n * width + id;
        elements[at] = elements[at] < 0 ? elements[at] * penalty : elements[at] / penalty;
      }
    }
    return elements;
  }
}
