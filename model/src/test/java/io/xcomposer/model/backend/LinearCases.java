package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.BackendCases.assertRefused;
import static io.xcomposer.model.backend.BackendCases.bf16Gaussians;
import static io.xcomposer.model.backend.BackendCases.gaussians;
import static io.xcomposer.model.backend.Tolerance.assertNear;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases of pack, linear and linearAdd. */
interface LinearCases extends BackendCases {
  List<Integer> WIDTHS = List.of(1, 5, 63, 64, 65, 130);

  /** A product to check: operands on the host, (out, in), (N, in), (out) or null. */
  record Product(float[] w, float[] x, float[] bias, int rows, int in, int out) {
    /** Σ w·x, without bias. */
    double value(int n, int o) {
      double sum = 0;
      for (int i = 0; i < in; i++) {
        sum += (double) w[o * in + i] * x[n * in + i];
      }
      return sum;
    }

    /** Σ |w·x|, what a relative error of each product is relative to. */
    double magnitude(int n, int o) {
      double sum = 0;
      for (int i = 0; i < in; i++) {
        sum += Math.abs((double) w[o * in + i] * x[n * in + i]);
      }
      return sum;
    }
  }

  private PackedWeight pack(Product product, DType dtype) {
    Tensor bias = product.bias() == null ? null : arrays().input(product.bias(), product.out());
    return backend().pack(new ArrayWeight(product.w(), product.out(), product.in()), bias, dtype);
  }

  /**
   * Runs {@code linear}. Both dtypes sum in float: one rounding a product at most, one an addition.
   *
   * @param inputUnit relative error that each x may have got before the product
   */
  private void assertLinear(Product product, DType dtype, double inputUnit) {
    Tensor out = arrays().output(product.rows(), product.out());
    Tensor x = arrays().input(product.x(), product.rows(), product.in());
    try (PackedWeight weight = pack(product, dtype)) {
      backend().linear(out, x, weight);
    }
    float[] result = arrays().read(out);
    for (int n = 0; n < product.rows(); n++) {
      for (int o = 0; o < product.out(); o++) {
        double bias = product.bias() == null ? 0 : product.bias()[o];
        double magnitude = product.magnitude(n, o);
        double bound =
            Tolerance.sum(2.0 * product.in() + 1) * (magnitude + Math.abs(bias))
                + inputUnit * magnitude;
        String what = "(" + n + ", " + o + ") of in " + product.in() + ", out " + product.out();
        assertNear(what, result[n * product.out() + o], product.value(n, o) + bias, bound);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"F32", "BF16"})
  default void linearIsTheProductAtEverySmallSize(DType dtype) {
    for (int rows : new int[] {1, 2, 3, 4, 5, 6, 7, 8, 12, 13, 17, 65}) {
      for (int in : WIDTHS) {
        for (int out : WIDTHS) {
          // Weights and inputs on bf16's grid: keeping either in bf16 may then lose nothing.
          float[] w = bf16Gaussians(in * 131L + out, (long) in * out);
          float[] x = bf16Gaussians(in * 137L + rows, (long) in * rows);
          float[] bias = out % 2 == 0 ? null : gaussians(out, out);
          assertLinear(new Product(w, x, bias, rows, in, out), dtype, 0);
        }
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 33, 1100, 200",
    "BF16, 33, 1100, 200",
    "F32, 300, 257, 530",
    "BF16, 300, 257, 530",
    "F32, 1, 2100, 700",
    "BF16, 1, 2100, 700",
    "F32, 3, 513, 1030",
    "BF16, 3, 513, 1030"
  })
  default void linearIsTheProductOverManyTiles(DType dtype, int rows, int in, int out) {
    float[] w = bf16Gaussians(in, (long) in * out);
    float[] x = bf16Gaussians(out, (long) in * rows);
    assertLinear(new Product(w, x, gaussians(1, out), rows, in, out), dtype, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 65})
  default void linearInF32KeepsEveryBitOfItsOperands(int rows) {
    float[] w = gaussians(2, 65 * 130);
    float[] x = gaussians(3, rows * 130L);
    assertLinear(new Product(w, x, null, rows, 130, 65), DType.F32, 0);
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 7, 65})
  default void linearInBf16MayRoundItsInputToBf16AndNoFurther(int rows) {
    float[] w = bf16Gaussians(4, 65 * 130);
    float[] x = gaussians(5, rows * 130L);
    assertLinear(new Product(w, x, null, rows, 130, 65), DType.BF16, Tolerance.BF16_UNIT);
  }

  @Test
  default void weightsOfBf16AreRoundedToNearestTiesToEven() {
    float[] stored = {1f, 1f + 0x1p-8f, 1f + 0x3p-8f, 1f + 0x1.01p-8f, -1f - 0x1p-8f, 3e-3f, 0f};
    float[] kept = {1f, 1f, 1f + 0x1p-6f, 1f + 0x1p-7f, -1f, 0x1.8ap-9f, 0f};
    assertThat(column(new ArrayWeight(stored, stored.length, 1), DType.BF16)).containsExactly(kept);
  }

  @ParameterizedTest
  @CsvSource({"F32", "BF16"})
  default void weightsStoredAsBf16ArePackedAsTheyAre(DType dtype) {
    float[] elements = bf16Gaussians(6, 77);
    short[] bits = new short[77];
    for (int i = 0; i < bits.length; i++) {
      bits[i] = FloatFormats.toBf16(elements[i]);
    }
    assertThat(column(new HalfWeight(bits, 77, 1, DType.BF16), dtype)).containsExactly(elements);
  }

  @Test
  default void weightsStoredAsF16ArePackedAsTheyAre() {
    // one, -2, largest, smallest normal, smallest subnormal, largest subnormal, a third
    short[] bits = {0x3C00, (short) 0xC000, 0x7BFF, 0x0400, 0x0001, 0x03FF, 0x3555};
    assertThat(column(new HalfWeight(bits, 7, 1, DType.F16), DType.F32))
        .containsExactly(1f, -2f, 65504f, 0x1p-14f, 0x1p-24f, 0x1.ff8p-15f, 0x1.554p-2f);
  }

  /** What is kept of a weight of one column: its product with 1. */
  private float[] column(WeightSource source, DType dtype) {
    Tensor out = arrays().output(1, source.out());
    try (PackedWeight weight = backend().pack(source, null, dtype)) {
      backend().linear(out, arrays().input(new float[] {1}, 1, 1), weight);
    }
    return arrays().read(out);
  }

  @ParameterizedTest
  @CsvSource({"F32, 1", "BF16, 1", "F32, 7", "BF16, 7", "F32, 65", "BF16, 65"})
  default void linearAddAddsTheScaledProductWithoutBias(DType dtype, int rows) {
    for (int in : WIDTHS) {
      for (int out : WIDTHS) {
        float[] w = bf16Gaussians(in * 139L + out, (long) in * out);
        float[] x = bf16Gaussians(in * 149L + rows, (long) in * rows);
        float[] before = gaussians(out, (long) rows * out);
        assertLinearAdd(new Product(w, x, gaussians(7, out), rows, in, out), dtype, before);
      }
    }
  }

  private void assertLinearAdd(Product product, DType dtype, float[] before) {
    Tensor out = arrays().inOut(before, product.rows(), product.out());
    Tensor x = arrays().input(product.x(), product.rows(), product.in());
    try (PackedWeight weight = pack(product, dtype)) {
      backend().linearAdd(out, x, weight, 2.5f);
    }
    float[] result = arrays().read(out);
    for (int n = 0; n < product.rows(); n++) {
      for (int o = 0; o < product.out(); o++) {
        int at = n * product.out() + o;
        double bound =
            Tolerance.sum(2.0 * product.in() + 2)
                * (2.5 * product.magnitude(n, o) + Math.abs(before[at]));
        assertNear(
            "(" + n + ", " + o + ")", result[at], before[at] + 2.5 * product.value(n, o), bound);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"F32", "BF16"})
  default void linearGivesTheSameBitsEveryTime(DType dtype) {
    Product product =
        new Product(gaussians(8, 200 * 300), gaussians(9, 40 * 300), null, 40, 300, 200);
    Tensor x = arrays().input(product.x(), 40, 300);
    Tensor first = arrays().output(40, 200);
    Tensor second = arrays().output(40, 200);
    try (PackedWeight weight = pack(product, dtype)) {
      backend().linear(first, x, weight);
      backend().linear(second, x, weight);
    }
    assertThat(arrays().read(second)).containsExactly(arrays().read(first));
  }

  @ParameterizedTest
  @CsvSource({"F32", "BF16"})
  default void aNotANumberStaysInItsRow(DType dtype) {
    float[] x = bf16Gaussians(10, 3 * 65);
    x[65 + 64] = Float.NaN;
    Tensor out = arrays().output(3, 5);
    Product product = new Product(bf16Gaussians(11, 5 * 65), x, null, 3, 65, 5);
    try (PackedWeight weight = pack(product, dtype)) {
      backend().linear(out, arrays().input(x, 3, 65), weight);
    }
    float[] result = arrays().read(out);
    for (int i = 0; i < result.length; i++) {
      assertThat(Float.isNaN(result[i])).as("element %s", i).isEqualTo(i / 5 == 1);
    }
  }

  @ParameterizedTest
  @CsvSource({"F32", "BF16"})
  default void aPackedWeightKnowsItsSizes(DType dtype) {
    try (PackedWeight weight =
        backend().pack(new ArrayWeight(gaussians(1, 35), 5, 7), null, dtype)) {
      assertThat(weight.out()).isEqualTo(5);
      assertThat(weight.in()).isEqualTo(7);
      assertThat(weight.dtype()).isEqualTo(dtype);
      assertThat(weight.bytes()).isGreaterThanOrEqualTo(35L * dtype.bytes());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "I32", "U8"})
  default void weightsAreNotKeptInOtherTypes(DType dtype) {
    assertRefused(
        "pack", dtype, () -> backend().pack(new ArrayWeight(gaussians(1, 35), 5, 7), null, dtype));
  }

  @Test
  default void operandsThatDoNotFitTheWeightAreRefused() {
    Tensor x = arrays().input(gaussians(1, 21), 3, 7);
    Tensor out = arrays().output(3, 5);
    Tensor narrow = arrays().input(gaussians(1, 18), 3, 6);
    Tensor tall = arrays().output(4, 5);
    Tensor bias = arrays().input(gaussians(1, 6), 6);
    WeightSource source = new ArrayWeight(gaussians(1, 35), 5, 7);
    assertRefused("pack", bias.shape(), () -> backend().pack(source, bias, DType.F32));
    try (PackedWeight weight = backend().pack(source, null, DType.F32)) {
      Shape fits = Shape.of(5, 7);
      assertRefused("linear", narrow.shape(), () -> backend().linear(out, narrow, weight));
      assertRefused("linear", fits, () -> backend().linear(out, narrow, weight));
      assertRefused("linear", tall.shape(), () -> backend().linear(tall, x, weight));
      assertRefused("linear", x.shape(), () -> backend().linear(x, x, weight));
      assertRefused("linearAdd", narrow.shape(), () -> backend().linearAdd(out, narrow, weight, 1));
      assertRefused("linearAdd", tall.shape(), () -> backend().linearAdd(tall, x, weight, 1));
    }
  }

  @Test
  default void operandsOfAnotherTypeAreRefused() {
    Tensor x = arrays().bf16Input(gaussians(1, 21), 3, 7);
    Tensor out = arrays().output(3, 5);
    WeightSource source = new ArrayWeight(gaussians(1, 35), 5, 7);
    try (PackedWeight weight = backend().pack(source, null, DType.F32)) {
      assertRefused("linear", DType.BF16, () -> backend().linear(out, x, weight));
    }
  }

  @Test
  default void aClosedWeightIsRefused() {
    Tensor x = arrays().input(gaussians(1, 21), 3, 7);
    Tensor out = arrays().output(3, 5);
    WeightSource source = new ArrayWeight(gaussians(1, 35), 5, 7);
    PackedWeight weight = backend().pack(source, null, DType.F32);
    weight.close();
    weight.close();
    assertThatThrownBy(() -> backend().linear(out, x, weight)).isInstanceOf(RuntimeException.class);
  }
}
