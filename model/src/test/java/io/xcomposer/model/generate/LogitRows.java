package io.xcomposer.model.generate;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Random;
import java.util.Set;

/** Logits of a made-up model on a backend, and what a plain softmax says of them. */
final class LogitRows {
  private LogitRows() {}

  /** A model as a table: the logits depend on the last token only. */
  static float[][] table(long seed, int vocabulary) {
    Random random = new Random(seed);
    float[][] table = new float[vocabulary][vocabulary];
    for (float[] row : table) {
      for (int i = 0; i < row.length; i++) {
        row[i] = (float) random.nextGaussian() * 2;
      }
    }
    return table;
  }

  /** (R, V) F32; the caller closes it. */
  static Tensor upload(Backend backend, float[]... rows) {
    Tensor logits = backend.allocate(DType.F32, Shape.of(rows.length, rows[0].length));
    ByteBuffer bytes =
        ByteBuffer.allocateDirect((int) logits.bytes()).order(ByteOrder.LITTLE_ENDIAN);
    for (float[] row : rows) {
      for (float value : row) {
        bytes.putFloat(value);
      }
    }
    backend.upload(bytes.flip(), logits);
    return logits;
  }

  /** {@code x - log Σ exp(x)} in double, without any care for its range. */
  static double[] logSoftmax(double[] scores) {
    double normalizer = Math.log(Arrays.stream(scores).map(Math::exp).sum());
    return Arrays.stream(scores).map(score -> score - normalizer).toArray();
  }

  /** Repetition penalty (model-spec 8). */
  static double[] penalized(double[] scores, Set<Integer> ids, double penalty) {
    double[] result = scores.clone();
    for (int id : ids) {
      result[id] = scores[id] < 0 ? scores[id] * penalty : scores[id] / penalty;
    }
    return result;
  }

  static double[] doubles(float[] row) {
    double[] result = new double[row.length];
    Arrays.setAll(result, i -> row[i]);
    return result;
  }
}
