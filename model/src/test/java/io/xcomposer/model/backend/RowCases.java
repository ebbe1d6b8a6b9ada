package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.BackendCases.assertRefused;
import static io.xcomposer.model.backend.BackendCases.bf16Gaussians;
import static io.xcomposer.model.backend.BackendCases.gaussians;
import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Cases of gatherRows, patchify, embedPatches and mergeTiles: all exact. */
interface RowCases extends BackendCases {
  /** 0, 1, 2 …: an element's value tells where it came from. */
  private static float[] counting(long count) {
    float[] elements = new float[Math.toIntExact(count)];
    for (int i = 0; i < elements.length; i++) {
      elements[i] = i;
    }
    return elements;
  }

  @ParameterizedTest
  @ValueSource(ints = {1, 5, 63, 64, 65, 130})
  default void gatherRowsCopiesTheRowsNamed(int width) {
    int[] ids = {6, 0, 3, 3, 6, 1, 0};
    float[] table = bf16Gaussians(width, 7L * width);
    Tensor exact = arrays().output(ids.length, width);
    Tensor half = arrays().output(ids.length, width);

    backend().gatherRows(exact, arrays().input(table, 7, width), ids);
    backend().gatherRows(half, arrays().bf16Input(table, 7, width), ids);

    float[] expected = new float[ids.length * width];
    for (int n = 0; n < ids.length; n++) {
      System.arraycopy(table, ids[n] * width, expected, n * width, width);
    }
    assertThat(arrays().read(exact)).containsExactly(expected);
    assertThat(arrays().read(half)).containsExactly(expected);
  }

  @ParameterizedTest
  @ValueSource(ints = {-1, 7, Integer.MAX_VALUE, Integer.MIN_VALUE})
  default void gatherRowsRefusesARowThatIsNotThere(int id) {
    Tensor table = arrays().input(gaussians(1, 35), 7, 5);
    Tensor out = arrays().output(2, 5);
    assertRefused("gatherRows", id, () -> backend().gatherRows(out, table, new int[] {0, id}));
  }

  @Test
  default void gatherRowsRefusesAnOutputThatDoesNotFit() {
    Tensor table = arrays().input(gaussians(1, 35), 7, 5);
    Tensor out = arrays().output(2, 5);
    Tensor wide = arrays().output(1, 6);
    assertRefused("gatherRows", out.shape(), () -> backend().gatherRows(out, table, new int[1]));
    assertRefused("gatherRows", wide.shape(), () -> backend().gatherRows(wide, table, new int[1]));
  }

  @ParameterizedTest
  @CsvSource({"1, 2, 1", "1, 6, 3", "2, 28, 14", "3, 42, 14", "1, 15, 5", "2, 7, 7"})
  default void patchifyOrdersAPatchByChannelRowColumn(int views, int side, int patch) {
    float[] pixels = counting(3L * views * side * side);
    int grid = side / patch;
    int columns = 3 * patch * patch;
    Tensor out = arrays().output((long) views * grid * grid, columns);

    backend().patchify(out, arrays().input(pixels, views, 3, side, side), patch);

    float[] result = arrays().read(out);
    for (int at = 0; at < result.length; at++) {
      int row = at / columns;
      int view = row / (grid * grid);
      int channel = at % columns / (patch * patch);
      int y = row / grid % grid * patch + at % (patch * patch) / patch;
      int x = row % grid * patch + at % patch;
      int source = ((view * 3 + channel) * side + y) * side + x;
      assertThat(result[at]).as("element %s", at).isEqualTo(source);
    }
  }

  @Test
  default void patchifyRefusesViewsThatDoNotFit() {
    Tensor views = arrays().input(counting(3 * 6 * 6), 1, 3, 6, 6);
    Tensor oblong = arrays().input(counting(3 * 6 * 4), 1, 3, 6, 4);
    Tensor out = arrays().output(9, 12);
    assertRefused("patchify", views.shape(), () -> backend().patchify(out, views, 4));
    assertRefused("patchify", views.shape(), () -> backend().patchify(out, views, 0));
    assertRefused("patchify", oblong.shape(), () -> backend().patchify(out, oblong, 2));
    assertRefused("patchify", out.shape(), () -> backend().patchify(out, views, 3));
  }

  @ParameterizedTest
  @CsvSource({"1, 2, 1", "1, 5, 7", "2, 10, 65", "3, 17, 64"})
  default void embedPatchesPutsTheClassInFrontAndAddsPositions(
      int views, int positions, int width) {
    float[] patches = gaussians(1, (long) views * (positions - 1) * width);
    float[] classRow = gaussians(2, width);
    float[] position = gaussians(3, (long) positions * width);
    Tensor out = arrays().output(views, positions, width);

    backend()
        .embedPatches(
            out,
            arrays().input(patches, views, positions - 1, width),
            arrays().input(classRow, width),
            arrays().input(position, positions, width));

    float[] result = arrays().read(out);
    for (int at = 0; at < result.length; at++) {
      int view = at / (positions * width);
      int inView = at % (positions * width);
      float content =
          inView < width
              ? classRow[inView]
              : patches[view * (positions - 1) * width + inView - width];
      assertThat(result[at]).as("element %s", at).isEqualTo(content + position[inView]);
    }
  }

  @Test
  default void embedPatchesRefusesWhatDoesNotFit() {
    Tensor out = arrays().output(2, 5, 3);
    Tensor patches = arrays().input(counting(24), 2, 4, 3);
    Tensor many = arrays().input(counting(30), 2, 5, 3);
    Tensor row = arrays().input(counting(3), 3);
    Tensor wide = arrays().input(counting(4), 4);
    Tensor positions = arrays().input(counting(15), 5, 3);
    Tensor few = arrays().input(counting(12), 4, 3);
    assertRefused(
        "embedPatches", many.shape(), () -> backend().embedPatches(out, many, row, positions));
    assertRefused(
        "embedPatches", wide.shape(), () -> backend().embedPatches(out, patches, wide, positions));
    assertRefused(
        "embedPatches", few.shape(), () -> backend().embedPatches(out, patches, row, few));
  }

  /** The layout of model-spec 4.7, worked out from where each output element must come from. */
  @ParameterizedTest
  @CsvSource({"1, 2, 1", "1, 4, 5", "2, 4, 3", "3, 6, 2", "3, 24, 3"})
  default void mergeTilesRunsARowOfCellsAcrossAllViews(int views, int grid, int width) {
    int positions = 1 + grid * grid;
    float[] features = counting((long) views * positions * width);
    float[] separator = gaussians(4, 4L * width);
    int cells = grid / 2;
    int rowLength = views * cells + 1;
    Tensor out = arrays().output((long) cells * rowLength, 4L * width);

    backend()
        .mergeTiles(
            out,
            arrays().input(features, views, positions, width),
            arrays().input(separator, 4L * width));

    float[] result = arrays().read(out);
    for (int at = 0; at < result.length; at++) {
      int vector = at / (4 * width);
      int column = vector % rowLength;
      float expected = separator[at % (4 * width)];
      if (column < rowLength - 1) {
        int corner = at / width % 4;
        int y = 2 * (vector / rowLength) + corner / 2;
        int x = 2 * (column % cells) + corner % 2;
        int position = column / cells * positions + 1 + y * grid + x;
        expected = position * width + at % width;
      }
      assertThat(result[at]).as("element %s", at).isEqualTo(expected);
    }
  }

  @Test
  default void mergeTilesRefusesWhatDoesNotFit() {
    Tensor out = arrays().output(2, 12);
    Tensor features = arrays().input(counting(15), 1, 5, 3);
    Tensor separator = arrays().input(counting(12), 12);
    Tensor odd = arrays().input(counting(30), 1, 10, 3);
    Tensor noSquare = arrays().input(counting(18), 1, 6, 3);
    Tensor narrow = arrays().input(counting(11), 11);
    Tensor tall = arrays().output(3, 12);
    assertRefused("mergeTiles", odd.shape(), () -> backend().mergeTiles(out, odd, separator));
    assertRefused(
        "mergeTiles", noSquare.shape(), () -> backend().mergeTiles(out, noSquare, separator));
    assertRefused("mergeTiles", narrow.shape(), () -> backend().mergeTiles(out, features, narrow));
    assertRefused(
        "mergeTiles", tall.shape(), () -> backend().mergeTiles(tall, features, separator));
  }
}
