package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.BackendCases.assertRefused;
import static io.xcomposer.model.backend.BackendCases.gaussians;
import static io.xcomposer.model.backend.Tolerance.FUNCTION;
import static io.xcomposer.model.backend.Tolerance.UNDERFLOW;
import static io.xcomposer.model.backend.Tolerance.UNIT;
import static io.xcomposer.model.backend.Tolerance.assertNear;
import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases of add, quickGelu, gelu and siluMultiply. */
interface ElementwiseCases extends BackendCases {
  /**
   * Ends where exp of the element, negated or scaled, would overflow or underflow in float, then
   * -20 to 20 in steps of 1/20.
   */
  private static float[] range() {
    float[] ends = {0f, -0f, 1e-30f, -1e-30f, 60f, -60f, 88f, -88f, 104f, -104f, 1e4f, -1e4f};
    float[] elements = Arrays.copyOf(ends, ends.length + 801);
    for (int i = 0; i <= 800; i++) {
      elements[ends.length + i] = (i - 400) / 20f;
    }
    return elements;
  }

  /**
   * What float may lose of {@code x·logistic(slope·x)}. Rounding the exponent of exp costs as many
   * units as the exponent's size; where the logistic underflows it may be held at the smallest
   * normal number.
   */
  private static double logisticBound(double x, double slope, double expected) {
    double exponent = Math.min(Math.abs(slope * x), 104);
    return Math.abs(expected) * (FUNCTION + 2 * UNIT * exponent)
        + Math.abs(x) * 2 * Float.MIN_NORMAL
        + UNDERFLOW;
  }

  private static double logistic(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  /** Φ by Simpson's rule, which is good to 1e-12 here. */
  private static double normalDistribution(double x) {
    double end = Math.min(Math.abs(x), 10);
    int steps = 2000;
    double sum = 0;
    for (int i = 0; i <= steps; i++) {
      double t = end * i / steps;
      double weight = i == 0 || i == steps ? 1 : i % 2 == 1 ? 4 : 2;
      sum += weight * Math.exp(-t * t / 2);
    }
    double half = sum * end / steps / 3 / Math.sqrt(2 * Math.PI);
    return x < 0 ? 0.5 - half : 0.5 + half;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 3, 7, 17, 65, 1000})
  default void addIsTheRoundedSum(int width) {
    float[] x = gaussians(1, 3L * width);
    float[] y = gaussians(2, 3L * width);
    Tensor sum = arrays().inOut(x, 3, width);

    backend().add(sum, arrays().input(y, 3, width));

    float[] expected = new float[x.length];
    for (int i = 0; i < x.length; i++) {
      expected[i] = x[i] + y[i];
    }
    assertThat(arrays().read(sum)).containsExactly(expected);
  }

  @Test
  default void quickGeluIsXTimesTheLogisticOf1702X() {
    float[] x = range();
    Tensor tensor = arrays().inOut(x, x.length);

    backend().quickGelu(tensor);

    float[] result = arrays().read(tensor);
    for (int i = 0; i < x.length; i++) {
      double expected = x[i] * logistic(1.702 * x[i]);
      double bound = logisticBound(x[i], 1.702, expected);
      assertNear("quickGelu(" + x[i] + ")", result[i], expected, bound);
    }
  }

  /** Below zero 1 + erf cancels in float, so Φ is held to an absolute error. */
  @Test
  default void geluIsXTimesTheNormalDistribution() {
    float[] x = range();
    Tensor tensor = arrays().inOut(x, x.length);

    backend().gelu(tensor);

    float[] result = arrays().read(tensor);
    for (int i = 0; i < x.length; i++) {
      double expected = Math.abs(x[i]) > 20 ? Math.max(x[i], 0) : x[i] * normalDistribution(x[i]);
      double bound = Math.min(Math.abs(x[i]), 20) * FUNCTION + Math.abs(expected) * UNIT;
      assertNear("gelu(" + x[i] + ")", result[i], expected, bound);
    }
  }

  /** Values of Φ as tables of the normal distribution have them. */
  @ParameterizedTest
  @CsvSource({
    "1, 0.841344746068542948",
    "-1, 0.158655253931457051",
    "2, 0.977249868051820793",
    "-2, 0.022750131948179207",
    "-3, 0.001349898031630095",
    "0.5, 0.691462461274013104"
  })
  default void geluAgreesWithTablesOfTheNormalDistribution(float x, double phi) {
    Tensor tensor = arrays().inOut(new float[] {x}, 1);
    backend().gelu(tensor);
    assertNear("gelu", arrays().read(tensor)[0], x * phi, Math.abs(x) * FUNCTION);
  }

  @Test
  default void siluMultiplyIsTheGateTimesItsLogisticTimesUp() {
    float[] gate = range();
    float[] up = gaussians(3, gate.length);
    Tensor tensor = arrays().inOut(gate, gate.length);

    backend().siluMultiply(tensor, arrays().input(up, gate.length));

    float[] result = arrays().read(tensor);
    for (int i = 0; i < gate.length; i++) {
      double silu = gate[i] * logistic(gate[i]);
      double bound = (logisticBound(gate[i], 1, silu) + Math.abs(silu) * UNIT) * Math.abs(up[i]);
      assertNear("silu(" + gate[i] + ")·" + up[i], result[i], silu * up[i], bound + UNDERFLOW);
    }
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 15, 16, 17, 31, 33, 65})
  default void everyElementOfAnyCountIsMapped(int count) {
    float[] ones = new float[count];
    Arrays.fill(ones, 1);
    Tensor quick = arrays().inOut(ones, count);
    Tensor exact = arrays().inOut(ones, 1, count);
    Tensor gated = arrays().inOut(ones, count, 1);

    backend().quickGelu(quick);
    backend().gelu(exact);
    backend().siluMultiply(gated, arrays().input(ones, count, 1));

    for (int i = 0; i < count; i++) {
      assertNear("quickGelu " + i, arrays().read(quick)[i], logistic(1.702), 2 * FUNCTION);
      assertNear("gelu " + i, arrays().read(exact)[i], normalDistribution(1), 2 * FUNCTION);
      assertNear("siluMultiply " + i, arrays().read(gated)[i], logistic(1), 2 * FUNCTION);
    }
  }

  @Test
  default void notANumberIsNotLost() {
    float[] x = gaussians(4, 21);
    x[20] = Float.NaN;
    x[3] = Float.NaN;
    Tensor quick = arrays().inOut(x, 21);
    Tensor exact = arrays().inOut(x, 21);
    Tensor gated = arrays().inOut(x, 21);

    backend().quickGelu(quick);
    backend().gelu(exact);
    backend().siluMultiply(gated, arrays().input(gaussians(5, 21), 21));

    for (Tensor tensor : new Tensor[] {quick, exact, gated}) {
      float[] result = arrays().read(tensor);
      for (int i = 0; i < result.length; i++) {
        assertThat(Float.isNaN(result[i])).as("element %s", i).isEqualTo(i == 3 || i == 20);
      }
    }
  }

  @Test
  default void operandsOfOtherShapesOrTypesAreRefused() {
    Tensor x = arrays().inOut(gaussians(6, 6), 2, 3);
    Tensor turned = arrays().input(gaussians(6, 6), 3, 2);
    Tensor half = arrays().bf16Input(gaussians(6, 6), 2, 3);
    assertRefused("add", turned.shape(), () -> backend().add(x, turned));
    assertRefused("add", x.shape(), () -> backend().add(x, turned));
    assertRefused("siluMultiply", turned.shape(), () -> backend().siluMultiply(x, turned));
    assertRefused("add", DType.BF16, () -> backend().add(x, half));
    assertRefused("quickGelu", DType.BF16, () -> backend().quickGelu(half));
    assertRefused("gelu", DType.BF16, () -> backend().gelu(half));
  }
}
