package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.BackendCases.assertRefused;
import static io.xcomposer.model.backend.BackendCases.gaussians;
import static io.xcomposer.model.backend.Tolerance.assertNear;
import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Cases of the tower's attention. */
interface TowerAttentionCases extends BackendCases {
  private void assertAttention(
      float[] qkv, int views, int positions, int heads, int headDim, DType products) {
    int width = heads * headDim;
    float scale = (float) (1 / Math.sqrt(headDim));
    Tensor out = arrays().output((long) views * positions, width);
    backend()
        .attention(
            out,
            arrays().input(qkv, (long) views * positions, 3L * width),
            views,
            heads,
            scale,
            products);
    // Queries, keys, values and weights may each be rounded once.
    double unit = products == DType.BF16 ? 2 * bf16OperandUnit() : 0;
    float[] result = arrays().read(out);
    for (int view = 0; view < views; view++) {
      for (int head = 0; head < heads; head++) {
        int first = view * positions * 3 * width + head * headDim;
        ExactAttention exact = new ExactAttention(headDim, scale);
        for (int p = 0; p < positions; p++) {
          exact.append(
              slice(qkv, first + (3 * p + 1) * width, headDim),
              slice(qkv, first + (3 * p + 2) * width, headDim));
        }
        for (int p = 0; p < positions; p++) {
          ExactAttention.Row row = exact.row(slice(qkv, first + 3 * p * width, headDim), positions);
          for (int d = 0; d < headDim; d++) {
            int at = (view * positions + p) * width + head * headDim + d;
            assertNear("element " + at, result[at], row.value()[d], row.bound(unit)[d]);
          }
        }
      }
    }
  }

  private static double[] slice(float[] elements, int from, int count) {
    double[] slice = new double[count];
    for (int i = 0; i < count; i++) {
      slice[i] = elements[from + i];
    }
    return slice;
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1, 16",
    "1, 2, 2, 24",
    "2, 3, 1, 64",
    "3, 17, 2, 16",
    "1, 65, 3, 64",
    "2, 64, 2, 128",
    "1, 130, 1, 24",
    "2, 63, 4, 16",
    "1, 577, 1, 64",
    "1, 647, 1, 8"
  })
  default void attentionOfEachViewByItself(int views, int positions, int heads, int headDim) {
    float[] qkv = gaussians(positions, 3L * views * positions * heads * headDim);
    assertAttention(qkv, views, positions, heads, headDim, DType.F32);
    assertAttention(qkv, views, positions, heads, headDim, DType.BF16);
  }

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"F32", "BF16"})
  default void aNanOfOneViewStaysThere(DType products) {
    float[] qkv = gaussians(7, 3L * 2 * 70 * 16);
    Arrays.fill(qkv, 0, 3 * 70 * 16, Float.NaN);
    Tensor out = arrays().output(140, 16);
    backend().attention(out, arrays().input(qkv, 140, 48), 2, 1, 0.25f, products);
    float[] result = arrays().read(out);
    for (int i = 0; i < result.length; i++) {
      assertThat(Float.isNaN(result[i])).as("element %s", i).isEqualTo(i < 70 * 16);
    }
  }

  @Test
  default void hugeScoresDoNotOverflow() {
    float[] qkv = gaussians(1, 3L * 17 * 2 * 16);
    for (int i = 0; i < qkv.length; i++) {
      // queries and keys only: scores of some ten thousands
      qkv[i] *= i / 32 % 3 < 2 ? 100 : 1;
    }
    assertAttention(qkv, 1, 17, 2, 16, DType.F32);
  }

  @Test
  default void equalScoresGiveTheMeanOfTheValues() {
    float[] qkv = new float[3 * 65 * 16];
    for (int p = 0; p < 65; p++) {
      qkv[(3 * p + 2) * 16 + 5] = p;
    }
    Tensor out = arrays().output(65, 16);
    backend().attention(out, arrays().input(qkv, 65, 48), 1, 1, 0.25f, DType.F32);
    float[] result = arrays().read(out);
    for (int p = 0; p < 65; p++) {
      assertNear("row " + p, result[p * 16 + 5], 32, 32 * Tolerance.sum(130));
      assertThat(result[p * 16 + 4]).isZero();
    }
  }

  @Test
  default void attentionGivesTheSameBitsEveryTime() {
    Tensor qkv = arrays().input(gaussians(2, 3L * 2 * 65 * 128), 130, 384);
    Tensor first = arrays().output(130, 128);
    Tensor second = arrays().output(130, 128);
    backend().attention(first, qkv, 2, 2, 0.125f, DType.BF16);
    backend().attention(second, qkv, 2, 2, 0.125f, DType.BF16);
    assertThat(arrays().read(second)).containsExactly(arrays().read(first));
  }

  @Test
  default void attentionRefusesWhatDoesNotFit() {
    Tensor qkv = arrays().input(gaussians(3, 6 * 48), 6, 48);
    Tensor out = arrays().output(6, 16);
    Tensor wide = arrays().output(6, 17);
    assertRefused(
        "attention", qkv.shape(), () -> backend().attention(out, qkv, 4, 1, 1, DType.F32));
    assertRefused(
        "attention", qkv.shape(), () -> backend().attention(out, qkv, 0, 1, 1, DType.F32));
    assertRefused(
        "attention", qkv.shape(), () -> backend().attention(out, qkv, 2, 5, 1, DType.F32));
    assertRefused(
        "attention", qkv.shape(), () -> backend().attention(out, qkv, 2, 0, 1, DType.F32));
    assertRefused("attention", DType.U8, () -> backend().attention(out, qkv, 2, 1, 1, DType.U8));
    assertRefused(
        "attention", wide.shape(), () -> backend().attention(wide, qkv, 2, 1, 1, DType.F32));
  }
}
