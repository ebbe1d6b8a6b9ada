package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.BackendCases.assertRefused;
import static io.xcomposer.model.backend.BackendCases.gaussians;
import static io.xcomposer.model.backend.Tolerance.FUNCTION;
import static io.xcomposer.model.backend.Tolerance.UNIT;
import static io.xcomposer.model.backend.Tolerance.assertNear;
import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.tensor.Tensor;
import java.util.Comparator;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases of logSoftmax, topK and penalize. */
interface LogitsCases extends BackendCases {
  float NAN = Float.NaN;
  float INFINITY = Float.POSITIVE_INFINITY;

  /**
   * Roundings of x - max, of its exp (as many units as x - max, weighted by the exp itself, so at
   * most one unit in all), of the sum, its log and the last difference.
   */
  private static void assertLogSoftmax(float[] result, float[] x, int width) {
    for (int first = 0; first < x.length; first += width) {
      double max = Double.NEGATIVE_INFINITY;
      for (int c = 0; c < width; c++) {
        max = Math.max(max, x[first + c]);
      }
      double sum = 0;
      for (int c = 0; c < width; c++) {
        sum += Math.exp(x[first + c] - max);
      }
      for (int c = 0; c < width; c++) {
        double expected = x[first + c] - max - Math.log(sum);
        double bound =
            3 * UNIT * (Math.abs(x[first + c] - max) + Math.log(sum))
                + Tolerance.sum(width)
                + FUNCTION;
        assertNear("element " + (first + c), result[first + c], expected, bound);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "3, 5, 1",
    "7, 63, 3",
    "17, 64, 3",
    "3, 65, 10",
    "2, 130, 30",
    "3, 1522, 5",
    "1, 92544, 4"
  })
  default void logSoftmaxOfEachRow(int rows, int width, float spread) {
    float[] x = gaussians(rows + width, (long) rows * width);
    for (int i = 0; i < x.length; i++) {
      x[i] *= spread;
    }
    Tensor tensor = arrays().inOut(x, rows, width);

    backend().logSoftmax(tensor);

    assertLogSoftmax(arrays().read(tensor), x, width);
  }

  @Test
  default void logSoftmaxOfHugeLogitsDoesNotOverflow() {
    float[] x = {1e30f, -1e30f, 3e37f, 0, 5e4f, 5e4f, 4.9e4f, -5e4f, -1e4f, -1e4f, -1e4f, -1e4f};
    Tensor tensor = arrays().inOut(x, 3, 4);

    backend().logSoftmax(tensor);

    assertLogSoftmax(arrays().read(tensor), x, 4);
  }

  @ParameterizedTest
  @CsvSource({
    "1, 1, 1",
    "3, 5, 5",
    "7, 63, 2",
    "3, 65, 9",
    "2, 130, 6",
    "3, 1522, 9",
    "1, 92544, 50"
  })
  default void topKIsTheHeadOfTheSortedRow(int rows, int width, int k) {
    float[] x = gaussians(rows * 7L + width, (long) rows * width);
    for (int i = 0; i < x.length; i++) {
      x[i] = Math.round(x[i] * 8) / 8f;
    }
    float[] values = new float[rows * k];
    int[] indices = new int[rows * k];

    backend().topK(values, indices, arrays().input(x, rows, width), k);

    for (int n = 0; n < rows; n++) {
      int first = n * width;
      int[] sorted =
          IntStream.range(0, width)
              .boxed()
              .sorted(
                  Comparator.comparingDouble((Integer c) -> -x[first + c])
                      .thenComparing(Comparator.naturalOrder()))
              .limit(k)
              .mapToInt(Integer::intValue)
              .toArray();
      for (int place = 0; place < k; place++) {
        assertThat(indices[n * k + place])
            .as("row %s, place %s", n, place)
            .isEqualTo(sorted[place]);
        assertThat(values[n * k + place]).isEqualTo(x[first + sorted[place]]);
      }
    }
  }

  @Test
  default void ofEqualEntriesTheLowerIndexComesFirst() {
    assertThat(topK(4, 1, 3, 3, 2, 3, 3, 0)).containsExactly(1, 2, 4, 5);
    assertThat(topK(3, -0f, 0f, -0f, 0f)).containsExactly(0, 1, 2);
    assertThat(topK(3, -INFINITY, -INFINITY, -INFINITY, -INFINITY)).containsExactly(0, 1, 2);
  }

  @Test
  default void notANumberRanksBelowEverything() {
    assertThat(topK(3, NAN, -INFINITY, NAN, 1, NAN)).containsExactly(3, 1, 0);
    assertThat(topK(2, NAN, NAN, NAN)).containsExactly(0, 1);
    assertThat(topK(2, NAN, INFINITY, -1)).containsExactly(1, 2);
  }

  @Test
  default void tiesAcrossALongRowKeepTheirOrder() {
    float[] x = new float[5000];
    x[4999] = 1;
    x[17] = 1;
    x[2500] = 1;
    assertThat(topK(6, x)).containsExactly(17, 2500, 4999, 0, 1, 2);
  }

  private int[] topK(int k, float... row) {
    int[] indices = new int[k];
    float[] values = new float[k];
    backend().topK(values, indices, arrays().input(row, 1, row.length), k);
    for (int place = 0; place < k; place++) {
      assertThat(Float.compare(values[place], row[indices[place]])).isZero();
    }
    return indices;
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 0, 6})
  default void topKRefusesAKOutsideOfTheRow(int k) {
    Tensor x = arrays().input(gaussians(1, 10), 2, 5);
    float[] values = new float[12];
    int[] indices = new int[12];
    assertRefused("topK", k, () -> backend().topK(values, indices, x, k));
  }

  @Test
  default void topKRefusesArraysThatAreTooShort() {
    Tensor x = arrays().input(gaussians(1, 10), 2, 5);
    assertRefused("topK", x.shape(), () -> backend().topK(new float[5], new int[6], x, 3));
    assertRefused("topK", x.shape(), () -> backend().topK(new float[6], new int[5], x, 3));
  }

  @Test
  default void penalizeMultipliesBelowZeroAndDividesAbove() {
    float[] x = {1.7f, -1.7f, 0f, -0f, 5f, 3.3f, -3.3f, 1e-3f, 1e30f, -5f};
    int[][] ids = {{0, 1, 3}, {1, 0, 4}};
    float penalty = 1.005f;
    Tensor tensor = arrays().inOut(x, 2, 5);

    backend().penalize(tensor, ids, penalty);

    float[] expected = x.clone();
    for (int at : new int[] {0, 1, 3, 5, 6, 9}) {
      expected[at] = x[at] < 0 ? x[at] * penalty : x[at] / penalty;
    }
    assertThat(arrays().read(tensor)).containsExactly(expected);
  }

  @Test
  default void penalizeWithoutIdsChangesNothing() {
    float[] x = gaussians(2, 10);
    Tensor tensor = arrays().inOut(x, 2, 5);
    backend().penalize(tensor, new int[2][0], 1.5f);
    assertThat(arrays().read(tensor)).containsExactly(x);
  }

  @Test
  default void penalizeRefusesWhatDoesNotFit() {
    Tensor x = arrays().inOut(gaussians(3, 10), 2, 5);
    assertRefused("penalize", x.shape(), () -> backend().penalize(x, new int[3][0], 1.5f));
    assertRefused("penalize", 5, () -> backend().penalize(x, new int[][] {{0}, {5}}, 1.5f));
    assertRefused("penalize", -1, () -> backend().penalize(x, new int[][] {{-1}, {0}}, 1.5f));
  }
}
