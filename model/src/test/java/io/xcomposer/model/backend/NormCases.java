package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.BackendCases.assertRefused;
import static io.xcomposer.model.backend.BackendCases.gaussians;
import static io.xcomposer.model.backend.Tolerance.FUNCTION;
import static io.xcomposer.model.backend.Tolerance.UNIT;
import static io.xcomposer.model.backend.Tolerance.assertNear;
import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cases of layerNorm and rmsNorm. */
interface NormCases extends BackendCases {
  float EPSILON = 1e-5f;

  /** x (N, C) around {@code mean}, of spread {@code spread}. */
  private static float[] rows(int rows, int width, float mean, float spread) {
    float[] x = gaussians(rows * 31L + width, (long) rows * width);
    for (int i = 0; i < x.length; i++) {
      x[i] = mean + spread * x[i];
    }
    return x;
  }

  /**
   * Errors of a mean and a variance summed one after the other in float. The error of the mean
   * shifts every centred element; in the variance it only counts squared, because centred elements
   * sum to zero. What E(x²) - E(x)² loses when the mean is large is not allowed for.
   */
  private void assertLayerNorm(float[] result, float[] x, int width, float[] weight, float[] bias) {
    for (int first = 0; first < x.length; first += width) {
      double mean = 0;
      double size = 0;
      for (int c = 0; c < width; c++) {
        mean += x[first + c] / (double) width;
        size += Math.abs(x[first + c]) / (double) width;
      }
      double meanError = Tolerance.sum(width) * size + UNIT * Math.abs(mean);
      double variance = 0;
      double varianceError = meanError * meanError;
      for (int c = 0; c < width; c++) {
        double centred = x[first + c] - mean;
        variance += centred * centred / width;
        varianceError += 2 * UNIT * centred * centred / width;
      }
      varianceError += Tolerance.sum(width) * variance;
      double scale = 1 / Math.sqrt(variance + EPSILON);
      double scaleError = FUNCTION + varianceError / (variance + EPSILON);
      for (int c = 0; c < width; c++) {
        double centred = x[first + c] - mean;
        double expected = centred * scale * weight[c] + bias[c];
        double bound =
            Math.abs(weight[c]) * scale * (meanError + Math.abs(centred) * scaleError)
                + 2 * UNIT * (Math.abs(expected) + Math.abs(bias[c]));
        assertNear("element " + (first + c), result[first + c], expected, bound);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 0, 1",
    "3, 5, 0, 1",
    "7, 63, 0, 1",
    "17, 64, 0, 1",
    "65, 65, 0, 1",
    "3, 130, 0, 1",
    "2, 1024, 0, 1",
    "3, 1027, 0.5, 2",
    "3, 130, 1000, 1",
    "3, 130, -30, 1e-3",
    "3, 65, 0, 1e4"
  })
  default void layerNormCentresAndScalesEachRow(int rows, int width, float mean, float spread) {
    float[] x = rows(rows, width, mean, spread);
    float[] weight = gaussians(1, width);
    float[] bias = gaussians(2, width);
    Tensor out = arrays().output(rows, width);

    backend()
        .layerNorm(
            out,
            arrays().input(x, rows, width),
            arrays().input(weight, width),
            arrays().input(bias, width),
            EPSILON);

    assertLayerNorm(arrays().read(out), x, width, weight, bias);
  }

  @Test
  default void layerNormMayWorkInPlace() {
    float[] x = rows(7, 65, 1, 1);
    float[] weight = gaussians(3, 65);
    float[] bias = gaussians(4, 65);
    Tensor tensor = arrays().inOut(x, 7, 65);

    backend()
        .layerNorm(tensor, tensor, arrays().input(weight, 65), arrays().input(bias, 65), EPSILON);

    assertLayerNorm(arrays().read(tensor), x, 65, weight, bias);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "3, 5, 1",
    "7, 63, 1",
    "17, 64, 1",
    "65, 65, 1",
    "3, 130, 1",
    "2, 4096, 1",
    "3, 1027, 1e-4",
    "3, 65, 1e4"
  })
  default void rmsNormScalesEachRow(int rows, int width, float spread) {
    float[] x = rows(rows, width, 0, spread);
    float[] weight = gaussians(5, width);
    Tensor out = arrays().output(rows, width);

    backend().rmsNorm(out, arrays().input(x, rows, width), arrays().input(weight, width), EPSILON);

    float[] result = arrays().read(out);
    for (int i = 0; i < x.length; i++) {
      int first = i / width * width;
      double squares = 0;
      for (int c = 0; c < width; c++) {
        squares += (double) x[first + c] * x[first + c];
      }
      double expected = x[i] / Math.sqrt(squares / width + EPSILON) * weight[i % width];
      // the error of the mean square, halved by the root
      double bound = Math.abs(expected) * (Tolerance.sum(width) / 2 + FUNCTION);
      assertNear("element " + i, result[i], expected, bound);
    }
  }

  @Test
  default void aRowOfZerosStaysFinite() {
    Tensor layer = arrays().output(1, 17);
    Tensor rms = arrays().output(1, 17);
    Tensor zeros = arrays().input(new float[17], 1, 17);
    float[] bias = gaussians(6, 17);
    Tensor weight = arrays().input(gaussians(7, 17), 17);

    backend().layerNorm(layer, zeros, weight, arrays().input(bias, 17), EPSILON);
    backend().rmsNorm(rms, zeros, weight, EPSILON);

    assertThat(arrays().read(layer)).containsExactly(bias);
    for (float element : arrays().read(rms)) {
      assertThat(element).isZero();
    }
  }

  @Test
  default void normsRefuseWhatDoesNotFit() {
    Tensor x = arrays().input(gaussians(8, 21), 3, 7);
    Tensor out = arrays().output(3, 7);
    Tensor tall = arrays().output(4, 7);
    Tensor weight = arrays().input(gaussians(8, 7), 7);
    Tensor wide = arrays().input(gaussians(8, 8), 8);
    assertRefused(
        "layerNorm", wide.shape(), () -> backend().layerNorm(out, x, wide, weight, EPSILON));
    assertRefused(
        "layerNorm", wide.shape(), () -> backend().layerNorm(out, x, weight, wide, EPSILON));
    assertRefused(
        "layerNorm", tall.shape(), () -> backend().layerNorm(tall, x, weight, weight, EPSILON));
    assertRefused("rmsNorm", wide.shape(), () -> backend().rmsNorm(out, x, wide, EPSILON));
    assertRefused("rmsNorm", tall.shape(), () -> backend().rmsNorm(tall, x, weight, EPSILON));
  }
}
