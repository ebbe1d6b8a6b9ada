package io.xcomposer.model.generate;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * What the softmax of the scores that a search chose by says about the tokens it chose. Only their
 * entries leave the device.
 */
final class LogProbabilities {
  private final Backend backend;
  private final ByteBuffer entry =
      ByteBuffer.allocateDirect(Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);

  LogProbabilities(Backend backend) {
    this.backend = backend;
  }

  /**
   * Makes log-probabilities of scores that have been chosen by.
   *
   * @param scores (R, V) F32, changed in place
   */
  void normalize(Tensor scores) {
    backend.logSoftmax(scores);
  }

  /**
   * The natural log-probability of a token.
   *
   * @param logProbabilities (R, V) F32, normalised
   */
  double of(Tensor logProbabilities, int row, int token) {
    long vocabulary = logProbabilities.shape().size(1);
    long at = (row * vocabulary + token) * Float.BYTES;
    backend.download(logProbabilities.window(at, DType.F32, Shape.of(1)), entry.clear());
    return entry.getFloat(0);
  }
}
