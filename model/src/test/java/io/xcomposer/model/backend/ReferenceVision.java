package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.ReferenceContract.operand;
import static io.xcomposer.model.backend.ReferenceContract.rank;
import static io.xcomposer.model.backend.ReferenceContract.require;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;

/** The operations that move pixels and patches around; no arithmetic but the position's sum. */
final class ReferenceVision {
  private ReferenceVision() {}

  static float[] patchify(ReferenceMemory memory, Tensor out, Tensor views, int patch) {
    rank("patchify", "views", views, 4);
    int count = size(views, 0);
    int side = size(views, 2);
    operand("patchify", "views", views, DType.F32, count, 3, side, side);
    require(
        patch > 0 && side % patch == 0,
        "patchify",
        views + " cannot be cut into patches of " + patch);
    int grid = side / patch;
    int columns = 3 * patch * patch;
    operand("patchify", "out", out, DType.F32, (long) count * grid * grid, columns);
    float[] pixels = memory.read(views);
    float[] result = new float[pixels.length];
    int at = 0;
    for (int v = 0; v < count; v++) {
      for (int i = 0; i < grid; i++) {
        for (int j = 0; j < grid; j++) {
          for (int channel = 0; channel < 3; channel++) {
            for (int y = 0; y < patch; y++) {
              int row = (v * 3 + channel) * side + i * patch + y;
              System.arraycopy(pixels, row * side + j * patch, result, at, patch);
              at += patch;
            }
          }
        }
      }
    }
    return result;
  }

  static float[] embedPatches(
      ReferenceMemory memory,
      Tensor out,
      Tensor patches,
      Tensor classEmbedding,
      Tensor positionEmbedding) {
    rank("embedPatches", "out", out, 3);
    int views = size(out, 0);
    int positions = size(out, 1);
    int width = size(out, 2);
    require(positions > 0, "embedPatches", "out " + out + " has no place for the class");
    operand("embedPatches", "out", out, DType.F32, views, positions, width);
    operand("embedPatches", "patches", patches, DType.F32, views, positions - 1, width);
    operand("embedPatches", "classEmbedding", classEmbedding, DType.F32, width);
    operand("embedPatches", "positionEmbedding", positionEmbedding, DType.F32, positions, width);
    float[] patch = memory.read(patches);
    float[] classRow = memory.read(classEmbedding);
    float[] position = memory.read(positionEmbedding);
    float[] result = new float[views * positions * width];
    for (int v = 0; v < views; v++) {
      for (int p = 0; p < positions; p++) {
        for (int c = 0; c < width; c++) {
          float content = p == 0 ? classRow[c] : patch[(v * (positions - 1) + p - 1) * width + c];
          result[(v * positions + p) * width + c] = content + position[p * width + c];
        }
      }
    }
    return result;
  }

  static float[] mergeTiles(ReferenceMemory memory, Tensor out, Tensor features, Tensor separator) {
    rank("mergeTiles", "features", features, 3);
    int views = size(features, 0);
    int positions = size(features, 1);
    int width = size(features, 2);
    int grid = (int) Math.round(Math.sqrt(positions - 1));
    require(
        grid > 0 && grid % 2 == 0 && grid * grid == positions - 1,
        "mergeTiles",
        features + " has no class token and even square of patches");
    operand("mergeTiles", "features", features, DType.F32, views, positions, width);
    operand("mergeTiles", "separator", separator, DType.F32, 4L * width);
    int cells = grid / 2;
    int outRows = cells * (views * cells + 1);
    operand("mergeTiles", "out", out, DType.F32, outRows, 4L * width);
    float[] feature = memory.read(features);
    float[] separatorRow = memory.read(separator);
    float[] result = new float[outRows * 4 * width];
    int at = 0;
    for (int i = 0; i < cells; i++) {
      for (int v = 0; v < views; v++) {
        for (int j = 0; j < cells; j++) {
          for (int corner = 0; corner < 4; corner++) {
            int patch = (2 * i + corner / 2) * grid + 2 * j + corner % 2;
            System.arraycopy(feature, (v * positions + 1 + patch) * width, result, at, width);
            at += width;
          }
        }
      }
      System.arraycopy(separatorRow, 0, result, at, separatorRow.length);
      at += separatorRow.length;
    }
    return result;
  }

  private static int size(Tensor tensor, int axis) {
    return Math.toIntExact(tensor.shape().size(axis));
  }
}
