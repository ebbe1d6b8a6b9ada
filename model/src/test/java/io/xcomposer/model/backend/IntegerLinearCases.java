package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.BackendCases.assertRefused;
import static io.xcomposer.model.backend.BackendCases.gaussians;
import static io.xcomposer.model.backend.Tolerance.assertNear;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.within;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import java.util.Arrays;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Cases of linear layers with INT8 and INT4 weights. */
interface IntegerLinearCases extends BackendCases {
  List<Integer> ROWS = List.of(1, 2, 3, 4, 6, 7, 8, 13, 65);

  /** One rounding each of scales, sum and product. */
  double FEW_ROUNDINGS = 8 * Tolerance.UNIT;

  /** Runs linear, (N, out) of w (out, in) and x (N, in). */
  private float[] linear(DType dtype, float[] w, float[] x, float[] bias, int in) {
    int out = w.length / in;
    int rows = x.length / in;
    Tensor result = arrays().output(rows, out);
    Tensor b = bias == null ? null : arrays().input(bias, out);
    try (PackedWeight weight = backend().pack(new ArrayWeight(w, out, in), b, dtype)) {
      backend().linear(result, arrays().input(x, rows, in), weight);
    }
    return arrays().read(result);
  }

  /** Rows of integers within the limit, which the first of each row takes: its scale is unit. */
  private static float[] integers(long seed, int rows, int in, int limit, float unit) {
    Random random = new Random(seed);
    float[] elements = new float[rows * in];
    for (int i = 0; i < elements.length; i++) {
      int integer = i % in == 0 ? limit : random.nextInt(2 * limit + 1) - limit;
      elements[i] = integer * unit;
    }
    return elements;
  }

  /** Groups that INT4 keeps as they are: integers -8 .. 7 times a multiplier, 127 in the first. */
  private static float[] groups(long seed, int rows, int in) {
    Random random = new Random(seed);
    float[] elements = new float[rows * in];
    for (int row = 0; row < rows; row++) {
      int multiplier = 127;
      for (int i = 0; i < in; i++) {
        if (i % 32 == 0) {
          multiplier = i == 0 ? 127 : 1 + random.nextInt(127);
        }
        int integer = i % 32 == 0 ? -8 : random.nextInt(16) - 8;
        elements[row * in + i] = integer * multiplier;
      }
    }
    return elements;
  }

  private static void assertProduct(float[] result, float[] w, float[] x, float[] bias, int in) {
    int out = w.length / in;
    for (int n = 0; n < x.length / in; n++) {
      for (int o = 0; o < out; o++) {
        double sum = 0;
        for (int i = 0; i < in; i++) {
          sum += (double) w[o * in + i] * x[n * in + i];
        }
        double b = bias == null ? 0 : bias[o];
        double bound = FEW_ROUNDINGS * (Math.abs(sum) + Math.abs(b));
        assertNear("(" + n + ", " + o + ") of in " + in, result[n * out + o], sum + b, bound);
      }
    }
  }

  @Test
  default void int8IsExactWhereItsOperandsAreIntegers() {
    for (int rows : ROWS) {
      for (int in : new int[] {1, 3, 4, 5, 63, 64, 130, 519}) {
        for (int out : new int[] {1, 17, 64, 65, 130}) {
          float[] w = integers(in, out, in, 127, 0.5f);
          float[] x = integers(out, rows, in, 127, 0.25f);
          float[] bias = out % 2 == 0 ? null : gaussians(out, out);
          assertProduct(linear(DType.INT8, w, x, bias, in), w, x, bias, in);
        }
      }
    }
  }

  @Test
  default void int4IsExactWhereItsOperandsAreIntegers() {
    for (int rows : ROWS) {
      for (int in : new int[] {1, 5, 31, 32, 33, 96, 519, 1056}) {
        for (int out : new int[] {1, 17, 64, 65, 130}) {
          float[] w = groups(in, out, in);
          float[] x = integers(out, rows, in, 127, 0.25f);
          float[] bias = out % 2 == 0 ? null : gaussians(out, out);
          assertProduct(linear(DType.INT4, w, x, bias, in), w, x, bias, in);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"INT8, 40", "INT4, 40", "INT8, 1300", "INT4, 1300"})
  default void manyRowsAreExactToo(DType dtype, int rows) {
    int in = 640;
    float[] w = dtype == DType.INT8 ? integers(1, 200, in, 127, 1) : groups(1, 200, in);
    float[] x = integers(2, rows, in, 127, 1);
    assertProduct(linear(dtype, w, x, null, in), w, x, null, in);
  }

  /**
   * Of each operand at most half a step is lost: 1/254 of the largest of its row, and 1/14 of the
   * group's largest, which the multiplier may widen by 1/127 of the row's, for weights in INT4.
   */
  @ParameterizedTest
  @CsvSource({"INT8, 1", "INT8, 9", "INT4, 1", "INT4, 9"})
  default void noMoreIsLostThanHalfAStepOfEachOperand(DType dtype, int rows) {
    int in = 500;
    int out = 70;
    float[] w = gaussians(3, (long) in * out);
    float[] x = gaussians(4, (long) in * rows);
    float[] result = linear(dtype, w, x, null, in);
    double step = dtype == DType.INT8 ? 1 / 254.0 : 1 / 14.0 + 1 / 127.0;
    for (int n = 0; n < rows; n++) {
      double lostX = largest(x, n * in, in) / 254;
      for (int o = 0; o < out; o++) {
        double lostW = largest(w, o * in, in) * step;
        double sum = 0;
        double bound = 1e-5;
        for (int i = 0; i < in; i++) {
          sum += (double) w[o * in + i] * x[n * in + i];
          bound += Math.abs(w[o * in + i]) * lostX + Math.abs(x[n * in + i]) * lostW;
          bound += lostX * lostW;
        }
        assertNear("(" + n + ", " + o + ")", result[n * out + o], sum, bound);
      }
    }
  }

  /** Rounding is stated to the integer, so that any two backends agree to a few roundings. */
  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4"})
  default void roundingIsThatOfTheReference(DType dtype) {
    int in = 421;
    int out = 67;
    float[] w = gaussians(5, (long) in * out);
    float[] x = gaussians(6, 5L * in);
    float[] result = linear(dtype, w, x, null, in);
    for (int n = 0; n < 5; n++) {
      double[] row = ReferenceIntegers.int8(x, n * in, in);
      for (int o = 0; o < out; o++) {
        double[] column = ReferenceIntegers.kept(dtype, w, o * in, in);
        double sum = 0;
        for (int i = 0; i < in; i++) {
          sum += row[i] * column[i];
        }
        double bound = FEW_ROUNDINGS * Math.abs(sum) + 1e-9;
        assertNear("(" + n + ", " + o + ")", result[n * out + o], sum, bound);
      }
    }
  }

  private static double largest(float[] elements, int offset, int count) {
    double largest = 0;
    for (int i = offset; i < offset + count; i++) {
      largest = Math.max(largest, Math.abs(elements[i]));
    }
    return largest;
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4"})
  default void linearAddAddsTheScaledIntegerProduct(DType dtype) {
    int in = 70;
    float[] w = dtype == DType.INT8 ? integers(7, 67, in, 127, 1) : groups(7, 67, in);
    float[] x = integers(8, 9, in, 127, 1);
    float[] before = gaussians(9, 9 * 67);
    Tensor out = arrays().inOut(before, 9, 67);
    try (PackedWeight weight = backend().pack(new ArrayWeight(w, 67, in), null, dtype)) {
      backend().linearAdd(out, arrays().input(x, 9, in), weight, 2.5f);
    }
    float[] result = arrays().read(out);
    for (int i = 0; i < result.length; i++) {
      double sum = 0;
      for (int k = 0; k < in; k++) {
        sum += (double) w[i % 67 * in + k] * x[i / 67 * in + k];
      }
      double bound = FEW_ROUNDINGS * (2.5 * Math.abs(sum) + Math.abs(before[i]));
      assertNear("element " + i, result[i], before[i] + 2.5 * sum, bound);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, NaN",
    "INT4, NaN",
    "INT8, Infinity",
    "INT4, Infinity",
    "INT8, -Infinity",
    "INT4, -Infinity"
  })
  default void aRowThatIsNotFiniteAnswersNotANumberAndOthersDoNot(DType dtype, float value) {
    int in = 65;
    float[] x = gaussians(10, 3 * in);
    x[in + 64] = value;
    float[] result = linear(dtype, gaussians(11, 5 * in), x, null, in);
    for (int i = 0; i < result.length; i++) {
      assertThat(Float.isNaN(result[i])).as("element %s", i).isEqualTo(i / 5 == 1);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "INT8, NaN",
    "INT4, NaN",
    "INT8, Infinity",
    "INT4, Infinity",
    "INT8, -Infinity",
    "INT4, -Infinity"
  })
  default void aChannelThatIsNotFiniteAnswersNotANumberAndOthersDoNot(DType dtype, float value) {
    int in = 65;
    float[] w = gaussians(12, 5 * in);
    w[3 * in + 64] = value;
    float[] result = linear(dtype, w, gaussians(13, 2 * in), null, in);
    for (int i = 0; i < result.length; i++) {
      assertThat(Float.isNaN(result[i])).as("element %s", i).isEqualTo(i % 5 == 3);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4"})
  default void rowsAndChannelsOfZerosAnswerTheBias(DType dtype) {
    int in = 40;
    float[] w = gaussians(14, 3 * in);
    float[] x = gaussians(15, 2 * in);
    for (int i = 0; i < in; i++) {
      w[in + i] = 0;
      x[in + i] = i % 2 == 0 ? 0 : 1e-40f;
    }
    float[] bias = {1, -2, 3};
    float[] result = linear(dtype, w, x, bias, in);
    assertThat(result[1]).isEqualTo(-2);
    assertThat(new float[] {result[3], result[4], result[5]}).containsExactly(bias);
  }

  /** Scales multiply each other before they meet the sum. */
  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4"})
  default void hugeWeightsMeetSmallInputs(DType dtype) {
    float[] result = linear(dtype, new float[] {1e30f, 1e-20f}, new float[] {1e-30f}, null, 1);
    assertThat(result[0]).isCloseTo(1, within(1e-6f));
    assertThat(result[1]).isZero();
  }

  @Test
  default void theLongestInputDoesNotOverflow() {
    int in = 1 << 16;
    float[] ones = new float[in];
    Arrays.fill(ones, 1);
    assertThat(linear(DType.INT8, ones, ones, null, in)[0]).isCloseTo(in, within(0.1f));
    assertThat(linear(DType.INT4, ones, ones, null, in)[0]).isCloseTo(in, within(0.1f));
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4"})
  default void aPackedIntegerWeightIsSmall(DType dtype) {
    int in = 256;
    try (PackedWeight weight =
        backend().pack(new ArrayWeight(gaussians(1, 64L * in), 64, in), null, dtype)) {
      assertThat(weight.dtype()).isEqualTo(dtype);
      assertThat(weight.out()).isEqualTo(64);
      assertThat(weight.in()).isEqualTo(in);
      assertThat(weight.bytes()).isPositive();
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4"})
  default void aBiasOfAnotherSizeIsRefused(DType dtype) {
    Tensor bias = arrays().input(gaussians(1, 6), 6);
    WeightSource source = new ArrayWeight(gaussians(1, 35), 5, 7);
    assertRefused("pack", bias.shape(), () -> backend().pack(source, bias, dtype));
  }
}
