package io.xcomposer.model.checkpoint;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.backend.WeightSource;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SplittableRandom;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestStoredMatrix {
  @TempDir Path dir;

  /** Rows of random views against the definition: element i·s0 + j·s1 + … of the storage. */
  @ParameterizedTest
  @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16})
  void anyViewReadsAsItsStridesSay(long seed) {
    SplittableRandom random = new SplittableRandom(seed);
    int rank = random.nextInt(1, 5);
    long[] sizes = new long[rank];
    long[] strides = new long[rank];
    List<Integer> axes = new ArrayList<>();
    for (int axis = 0; axis < rank; axis++) {
      axes.add(random.nextInt(axes.size() + 1), axis);
      sizes[axis] = random.nextInt(1, 7);
    }
    long stride = 1;
    for (int axis : axes) {
      strides[axis] = stride * random.nextInt(1, 3);
      stride = strides[axis] * sizes[axis];
    }
    int offset = random.nextInt(5);
    int elements = (int) stride + offset;
    Path path = numbers(elements);
    try (DataFile file = DataFile.open(path)) {
      StoredTensor tensor =
          new StoredTensor("w", file, StoredDType.F32, Layout.strided(sizes, strides), 4L * offset);
      assertThat(tensor.floats()).isEqualTo(expected(sizes, strides, offset));
    }
  }

  @Test
  void anElementOffItsAlignmentIsReadAllTheSame() throws IOException {
    Path path = numbers(4);
    byte[] shifted = new byte[17];
    System.arraycopy(Files.readAllBytes(path), 0, shifted, 1, 16);
    Files.write(path, shifted);
    try (DataFile file = DataFile.open(path);
        WeightSource matrix =
            new StoredTensor("w", file, StoredDType.F32, Layout.rowMajor(2, 2), 1).matrix()) {
      ByteBuffer rows = matrix.rows(0, 2);
      assertThat(List.of(rows.getFloat(0), rows.getFloat(4), rows.getFloat(8), rows.getFloat(12)))
          .containsExactly(0f, 1f, 2f, 3f);
    }
  }

  /** 100 MiB in rows of 1000: more than three windows, crossed at odd places. */
  @Test
  void rowsAcrossWindowsAreTheRowsOfTheFile() throws IOException {
    int rows = 26_215;
    Path path = dir.resolve("data");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(rows * 4000L);
      for (int row = 0; row < rows; row += 100) {
        file.seek(row * 4000L);
        file.writeInt(Integer.reverseBytes(row));
      }
    }
    try (DataFile file = DataFile.open(path);
        WeightSource matrix =
            new StoredTensor("w", file, StoredDType.F32, Layout.rowMajor(rows, 1000), 0).matrix()) {
      for (int first = 0; first < rows; first += 700) {
        int count = Math.min(700, rows - first);
        ByteBuffer bytes = matrix.rows(first, count);
        assertThat(bytes.remaining()).isEqualTo(count * 4000);
        assertThat(bytes.isDirect()).isTrue();
        for (int row = 0; row < count; row += 100) {
          assertThat(bytes.getInt(row * 4000)).isEqualTo(first + row);
        }
      }
      assertThat(matrix.rows(100, 1).getInt(0)).as("backwards").isEqualTo(100);
    }
  }

  @Test
  void aWindowIsUnmappedWhenItsSourceMovesOnOrCloses() throws IOException {
    Path maps = Path.of("/proc/self/maps");
    assumeTrue(Files.isReadable(maps), "needs /proc/self/maps, which only Linux has");
    int rows = 3 * StoredMatrix.WINDOW_BYTES / 4000;
    Path path = dir.resolve("mapped-or-not");
    try (RandomAccessFile file = new RandomAccessFile(path.toFile(), "rw")) {
      file.setLength(rows * 4000L);
    }
    try (DataFile file = DataFile.open(path)) {
      StoredTensor tensor =
          new StoredTensor("w", file, StoredDType.F32, Layout.rowMajor(rows, 1000), 0);
      try (WeightSource matrix = tensor.matrix()) {
        for (int first = 0; first < rows; first += 1000) {
          matrix.rows(first, Math.min(1000, rows - first));
          assertThat(mappings(maps, path)).isEqualTo(1);
        }
      }
      assertThat(mappings(maps, path)).isZero();
    }
  }

  @Test
  void aClosedSourceGivesNoRows() {
    try (DataFile file = DataFile.open(numbers(4))) {
      WeightSource matrix =
          new StoredTensor("w", file, StoredDType.F32, Layout.rowMajor(2, 2), 0).matrix();
      matrix.close();
      assertThatThrownBy(() -> matrix.rows(0, 1)).isInstanceOf(IllegalStateException.class);
    }
  }

  @Test
  void sourcesThatAreNeverClosedAreNoticed() {
    try (DataFile file = DataFile.open(numbers(4))) {
      StoredTensor tensor = new StoredTensor("w", file, StoredDType.F32, Layout.rowMajor(2, 2), 0);
      assertThatThrownBy(
              () -> {
                for (int i = 0; i < 1000; i++) {
                  tensor.matrix();
                }
              })
          .isInstanceOf(IllegalStateException.class)
          .hasMessageContaining("close them");
    }
  }

  @Test
  void rowsOutsideOfTheTensorAreRefused() {
    try (DataFile file = DataFile.open(numbers(4));
        WeightSource matrix =
            new StoredTensor("w", file, StoredDType.F32, Layout.rowMajor(2, 2), 0).matrix()) {
      for (long[] range : new long[][] {{-1, 1}, {0, 3}, {2, 1}, {1, Long.MAX_VALUE}, {0, -1}}) {
        assertThatThrownBy(() -> matrix.rows(range[0], range[1]))
            .isInstanceOf(IllegalArgumentException.class);
      }
    }
  }

  @Test
  void aFileThatShrankIsAnErrorAtTheNextWindow() throws IOException {
    Path path = numbers(1000);
    try (DataFile file = DataFile.open(path);
        WeightSource matrix =
            new StoredTensor("w", file, StoredDType.F32, Layout.rowMajor(10, 100), 0).matrix()) {
      try (RandomAccessFile writer = new RandomAccessFile(path.toFile(), "rw")) {
        writer.setLength(100);
      }
      assertThatThrownBy(() -> matrix.rows(0, 10))
          .isInstanceOf(XComposerException.class)
          .hasMessageContaining("data: ");
    }
  }

  private Path numbers(int count) {
    ByteBuffer bytes = ByteBuffer.allocate(count * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i < count; i++) {
      bytes.putFloat(i);
    }
    return CheckpointFixtures.write(dir.resolve("data"), bytes.array());
  }

  private static float[] expected(long[] sizes, long[] strides, long offset) {
    long elements = 1;
    for (long size : sizes) {
      elements *= size;
    }
    float[] values = new float[(int) elements];
    for (int i = 0; i < values.length; i++) {
      long place = offset;
      long rest = i;
      for (int axis = sizes.length - 1; axis >= 0; axis--) {
        place += rest % sizes[axis] * strides[axis];
        rest /= sizes[axis];
      }
      values[i] = place;
    }
    return values;
  }

  private static long mappings(Path maps, Path file) throws IOException {
    return Files.readAllLines(maps).stream()
        .filter(line -> line.endsWith(file.getFileName().toString()))
        .count();
  }
}
