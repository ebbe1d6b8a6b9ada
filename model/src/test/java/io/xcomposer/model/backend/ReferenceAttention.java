package io.xcomposer.model.backend;

/** The attention operations on arrays, one row and one head at a time, sums in double. */
final class ReferenceAttention {
  private ReferenceAttention() {}

  /** See {@link Backend#attention}. qkv (V·P, 3·width), width = heads·D. */
  static float[] full(float[] qkv, int views, int positions, int heads, int headDim, float scale) {
    int width = heads * headDim;
    float[] out = new float[views * positions * width];
    double[] weights = new double[positions];
    for (int row = 0; row < views * positions; row++) {
      int firstOfView = row / positions * positions;
      for (int head = 0; head < heads; head++) {
        int q = row * 3 * width + head * headDim;
        for (int p = 0; p < positions; p++) {
          int k = ((firstOfView + p) * 3 + 1) * width + head * headDim;
          weights[p] = scale * dot(qkv, q, qkv, k, headDim);
        }
        softmax(weights, positions);
        double[] sum = new double[headDim];
        for (int p = 0; p < positions; p++) {
          int v = ((firstOfView + p) * 3 + 2) * width + head * headDim;
          for (int d = 0; d < headDim; d++) {
            sum[d] += weights[p] * qkv[v + d];
          }
        }
        for (int d = 0; d < headDim; d++) {
          out[row * width + head * headDim + d] = (float) sum[d];
        }
      }
    }
    return out;
  }

  /** See {@link Backend#rotaryAppend}. The answer is q (N, heads·D). */
  static float[] rotaryAppend(
      float[] wqkv,
      float[] cosSin,
      int queriesPerKv,
      ReferenceKvCache cache,
      int layer,
      SequenceBatch batch) {
    int headDim = cache.headDim();
    int rowWidth = cache.kvHeads() * (queriesPerKv + 2) * headDim;
    float[] q = new float[batch.rows() * cache.kvHeads() * queriesPerKv * headDim];
    for (int s = 0; s < batch.sequences(); s++) {
      for (int row = batch.rowStart()[s]; row < batch.rowStart()[s + 1]; row++) {
        int position = position(batch, s, row);
        for (int kvHead = 0; kvHead < cache.kvHeads(); kvHead++) {
          int group = row * rowWidth + kvHead * (queriesPerKv + 2) * headDim;
          for (int i = 0; i < queriesPerKv; i++) {
            int head = kvHead * queriesPerKv + i;
            float[] query = rotated(wqkv, group + i * headDim, cosSin, position, headDim);
            int target = (row * cache.kvHeads() * queriesPerKv + head) * headDim;
            System.arraycopy(query, 0, q, target, headDim);
          }
          int keyAt = group + queriesPerKv * headDim;
          float[] key = rotated(wqkv, keyAt, cosSin, position, headDim);
          int slot = cache.offset(batch.blockTables()[s], position, kvHead);
          for (int d = 0; d < headDim; d++) {
            cache.keys(layer)[slot + d] = cache.stored(key[d]);
            cache.values(layer)[slot + d] = cache.stored(wqkv[keyAt + headDim + d]);
          }
        }
      }
    }
    return q;
  }

  /** See {@link Backend#pagedAttention}. q (N, heads·D). */
  static float[] paged(
      float[] q, int heads, ReferenceKvCache cache, int layer, SequenceBatch batch, float scale) {
    int headDim = cache.headDim();
    int queriesPerKv = heads / cache.kvHeads();
    float[] out = new float[batch.rows() * heads * headDim];
    for (int s = 0; s < batch.sequences(); s++) {
      int[] table = batch.blockTables()[s];
      double[] weights = new double[batch.kvLength()[s]];
      for (int row = batch.rowStart()[s]; row < batch.rowStart()[s + 1]; row++) {
        int visible = position(batch, s, row) + 1;
        for (int head = 0; head < heads; head++) {
          int kvHead = head / queriesPerKv;
          int at = (row * heads + head) * headDim;
          for (int p = 0; p < visible; p++) {
            int k = cache.offset(table, p, kvHead);
            weights[p] = scale * dot(q, at, cache.keys(layer), k, headDim);
          }
          softmax(weights, visible);
          double[] sum = new double[headDim];
          for (int p = 0; p < visible; p++) {
            int v = cache.offset(table, p, kvHead);
            for (int d = 0; d < headDim; d++) {
              sum[d] += weights[p] * cache.values(layer)[v + d];
            }
          }
          for (int d = 0; d < headDim; d++) {
            out[at + d] = (float) sum[d];
          }
        }
      }
    }
    return out;
  }

  /** The place of a row in its sequence: the last row of a step is at kvLength - 1. */
  private static int position(SequenceBatch batch, int sequence, int row) {
    return batch.kvLength()[sequence] - batch.rowStart()[sequence + 1] + row;
  }

  /** The half-split rotation (model-spec 5.2) of the D elements at {@code at}. */
  private static float[] rotated(float[] x, int at, float[] cosSin, int position, int headDim) {
    int half = headDim / 2;
    float[] out = new float[headDim];
    for (int i = 0; i < half; i++) {
      double cos = cosSin[position * headDim + i];
      double sin = cosSin[position * headDim + half + i];
      out[i] = (float) (x[at + i] * cos - x[at + half + i] * sin);
      out[half + i] = (float) (x[at + half + i] * cos + x[at + i] * sin);
    }
    return out;
  }

  private static double dot(float[] a, int aAt, float[] b, int bAt, int count) {
    double sum = 0;
    for (int i = 0; i < count; i++) {
      sum += (double) a[aAt + i] * b[bAt + i];
    }
    return sum;
  }

  /** In place over the first {@code count}; the largest is taken off first, so no exp overflows. */
  private static void softmax(double[] x, int count) {
    double max = Double.NEGATIVE_INFINITY;
    for (int i = 0; i < count; i++) {
      max = Math.max(max, x[i]);
    }
    double sum = 0;
    for (int i = 0; i < count; i++) {
      x[i] = Math.exp(x[i] - max);
      sum += x[i];
    }
    for (int i = 0; i < count; i++) {
      x[i] /= sum;
    }
  }
}
