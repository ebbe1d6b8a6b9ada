package io.xcomposer.model.tensor;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TensorTest {
  private static final long ADDRESS = 1000;

  private final CountingStorage storage = new CountingStorage(120);
  private final Tensor tensor = Tensor.owning(storage, DType.F32, Shape.of(5, 2, 3));

  /** Memory at {@link #ADDRESS} that counts how often it was closed. */
  private static final class CountingStorage implements Storage {
    private final long bytes;
    private int closed;

    CountingStorage(long bytes) {
      this.bytes = bytes;
    }

    @Override
    public long address() {
      return ADDRESS;
    }

    @Override
    public long bytes() {
      return bytes;
    }

    @Override
    public void close() {
      closed++;
    }
  }

  @ParameterizedTest
  @CsvSource({"F32, 24", "F16, 12", "BF16, 12", "I32, 24", "U8, 6"})
  void bytesFollowTheType(DType dtype, long bytes) {
    assertThat(Tensor.owning(storage, dtype, Shape.of(2, 3)).bytes()).isEqualTo(bytes);
  }

  @Test
  void rowsBeginAtTheirFirstElement() {
    Tensor rows = tensor.rows(2, 3);
    assertThat(rows.shape()).isEqualTo(Shape.of(3, 2, 3));
    assertThat(rows.address()).isEqualTo(ADDRESS + 2 * 2 * 3 * Float.BYTES);
    assertThat(rows.bytes()).isEqualTo(3 * 2 * 3 * Float.BYTES);
  }

  @Test
  void rowsOfRowsAddUp() {
    Tensor row = tensor.rows(1, 4).rows(2, 1).reshape(2, 3).rows(1, 1);
    assertThat(row.address()).isEqualTo(ADDRESS + (3 * 6 + 3) * Float.BYTES);
    assertThat(row.shape()).isEqualTo(Shape.of(1, 3));
  }

  @Test
  void noRowsAreAViewToo() {
    assertThat(tensor.rows(5, 0).bytes()).isZero();
    assertThat(tensor.rows(0, 0).rows(0, 0).shape()).isEqualTo(Shape.of(0, 2, 3));
  }

  @ParameterizedTest
  @CsvSource({
    "-1, 1",
    "0, -1",
    "0, 6",
    "5, 1",
    "6, 0",
    "9223372036854775807, 1",
    "1, 9223372036854775807",
    "9223372036854775807, 9223372036854775807"
  })
  void rowsOutsideOfTheTensorAreRefused(long first, long count) {
    assertThatThrownBy(() -> tensor.rows(first, count))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(5, 2, 3)");
  }

  @Test
  void reshapeKeepsTheElements() {
    Tensor flat = tensor.rows(1, 2).reshape(12);
    assertThat(flat.shape()).isEqualTo(Shape.of(12));
    assertThat(flat.address()).isEqualTo(tensor.rows(1, 1).address());
    assertThatThrownBy(() -> tensor.reshape(5, 7))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(5, 2, 3)")
        .hasMessageContaining("(5, 7)");
  }

  @Test
  void aWindowCountsItsBytesFromTheTensorOn() {
    Tensor window = tensor.rows(1, 4).window(8, DType.U8, Shape.of(16));
    assertThat(window.address()).isEqualTo(ADDRESS + 24 + 8);
    assertThat(window.dtype()).isEqualTo(DType.U8);
  }

  @Test
  void aWindowOutsideOfTheStorageIsRefused() {
    for (long offset : new long[] {-1, 118, 1L << 40}) {
      assertThatThrownBy(() -> tensor.window(offset, DType.F32, Shape.of(1)))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageContaining("storage of 120 bytes");
    }
    assertThatThrownBy(() -> tensor.window(Long.MAX_VALUE, DType.F32, Shape.of(1)))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void aTensorLargerThanItsStorageIsRefused() {
    assertThatThrownBy(() -> Tensor.owning(storage, DType.F32, Shape.of(31)))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageContaining("(31)")
        .hasMessageContaining("120");
    assertThatThrownBy(() -> Tensor.owning(storage, DType.F32, Shape.of(1L << 61, 2)))
        .isInstanceOf(ArithmeticException.class);
  }

  @Test
  void onlyTheOwnerFreesTheStorage() {
    tensor.rows(0, 1).close();
    tensor.reshape(30).close();
    tensor.window(0, DType.U8, Shape.of(1)).close();
    assertThat(storage.closed).isZero();
    tensor.close();
    assertThat(storage.closed).isOne();
  }

  @Test
  void textIsTypeAndShape() {
    assertThat(tensor).hasToString("F32(5, 2, 3)");
  }
}
