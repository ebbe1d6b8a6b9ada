package io.xcomposer.model.decoder;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.config.RopeScaling;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Cosines and sines of all positions (model-spec 5.2), on the device, as long as the longest
 * sequence so far needs.
 *
 * <p>With dynamic scaling the base follows the length of the sequence once that is beyond {@code
 * max_position_embeddings}; the table is then made anew for each longer length.
 */
final class RotaryTable implements AutoCloseable {
  private static final int POSITIONS_AT_ONCE = 2048;

  private final Backend backend;
  private final int headDim;
  private final double theta;
  private final RopeScaling scaling;
  private final int maxPositions;
  private Tensor table;
  private double tableBase = Double.NaN;

  RotaryTable(Backend backend, XComposerConfig config) {
    this.backend = backend;
    headDim = config.headDim();
    theta = config.ropeTheta();
    scaling = config.ropeScaling();
    maxPositions = config.maxPositionEmbeddings();
  }

  /**
   * The table for a step.
   *
   * @param length tokens of the longest sequence of the step
   * @return (T, D) F32, T at least {@code length}; valid until the next call
   */
  Tensor forLength(int length) {
    double base = base(length);
    if (table == null || table.shape().size(0) < length || base != tableBase) {
      int positions = positions(length);
      close();
      table = backend.allocate(DType.F32, Shape.of(positions, headDim));
      tableBase = base;
      backend.upload(rows(positions, base), table);
    }
    return table;
  }

  /** Bytes of a table for so many tokens. */
  long bytes(int length) {
    return (long) positions(length) * headDim * DType.F32.bytes();
  }

  private static int positions(int length) {
    return (length + POSITIONS_AT_ONCE - 1) / POSITIONS_AT_ONCE * POSITIONS_AT_ONCE;
  }

  /** Theta, stretched by dynamic scaling for a sequence of so many tokens. */
  double base(int length) {
    if (scaling == null || scaling.type() != RopeScaling.Type.DYNAMIC || length <= maxPositions) {
      return theta;
    }
    double factor = scaling.factor();
    double stretch = factor * length / maxPositions - (factor - 1);
    return theta * Math.pow(stretch, headDim / (headDim - 2.0));
  }

  /** In float32 like the published code: frequency, angle, then cosine and sine. */
  private ByteBuffer rows(int positions, double base) {
    int half = headDim / 2;
    float divisor =
        scaling != null && scaling.type() == RopeScaling.Type.LINEAR ? (float) scaling.factor() : 1;
    float[] frequency = new float[half];
    for (int i = 0; i < half; i++) {
      frequency[i] = (float) (1.0 / (float) Math.pow(base, 2.0f * i / headDim));
    }
    ByteBuffer rows =
        ByteBuffer.allocateDirect(positions * headDim * DType.F32.bytes())
            .order(ByteOrder.LITTLE_ENDIAN);
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < half; i++) {
        rows.putFloat((float) Math.cos(p / divisor * frequency[i]));
      }
      for (int i = 0; i < half; i++) {
        rows.putFloat((float) Math.sin(p / divisor * frequency[i]));
      }
    }
    return rows.flip();
  }

  @Override
  public void close() {
    if (table != null) {
      table.close();
      table = null;
    }
  }
}
