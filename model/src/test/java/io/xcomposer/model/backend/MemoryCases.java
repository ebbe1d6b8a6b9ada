package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.BackendCases.assertRefused;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** Cases of allocate, upload, download, copy and close. */
interface MemoryCases extends BackendCases {
  private static byte[] randomBytes(long count) {
    byte[] bytes = new byte[(int) count];
    new Random(count).nextBytes(bytes);
    return bytes;
  }

  private byte[] downloaded(Tensor tensor) {
    ByteBuffer bytes = ByteBuffer.allocate((int) tensor.bytes());
    backend().download(tensor, bytes);
    return bytes.array();
  }

  @ParameterizedTest
  @EnumSource(names = {"F32", "F16", "BF16", "I32", "U8"})
  default void whatWasUploadedComesBack(DType dtype) {
    try (Tensor tensor = backend().allocate(dtype, Shape.of(7, 13))) {
      byte[] bytes = randomBytes(tensor.bytes());

      backend().upload(ByteBuffer.wrap(bytes), tensor);

      assertThat(downloaded(tensor)).isEqualTo(bytes);
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"INT8", "INT4"})
  default void noTensorHasAFormatOfPackedWeights(DType dtype) {
    BackendCases.assertRefused(
        dtype.name(), "packed weights", () -> backend().allocate(dtype, Shape.of(7, 13)));
  }

  @Test
  default void uploadReadsTheRemainingBytesOfDirectAndReadOnlyBuffers() {
    try (Tensor tensor = backend().allocate(DType.U8, Shape.of(5))) {
      ByteBuffer direct = ByteBuffer.allocateDirect(9);
      direct.put(new byte[] {0, 0, 1, 2, 3, 4, 5, 0, 0}).position(2).limit(7);
      backend().upload(direct, tensor);
      assertThat(downloaded(tensor)).containsExactly(1, 2, 3, 4, 5);

      backend().upload(ByteBuffer.wrap(new byte[] {9, 8, 7, 6, 5}).asReadOnlyBuffer(), tensor);
      assertThat(downloaded(tensor)).containsExactly(9, 8, 7, 6, 5);
    }
  }

  @Test
  default void downloadWritesFromThePositionOnAndNoFurther() {
    try (Tensor tensor = backend().allocate(DType.U8, Shape.of(3))) {
      backend().upload(ByteBuffer.wrap(new byte[] {1, 2, 3}), tensor);
      ByteBuffer heap = ByteBuffer.wrap(new byte[] {9, 9, 9, 9, 9, 9}).position(2);
      backend().download(tensor, heap);
      assertThat(heap.array()).containsExactly(9, 9, 1, 2, 3, 9);
    }
  }

  @Test
  default void uploadToRowsLeavesTheOtherRows() {
    try (Tensor tensor = backend().allocate(DType.U8, Shape.of(3, 2))) {
      backend().upload(ByteBuffer.wrap(new byte[] {1, 2, 3, 4, 5, 6}), tensor);
      backend().upload(ByteBuffer.wrap(new byte[] {7, 8}), tensor.rows(1, 1));
      assertThat(downloaded(tensor)).containsExactly(1, 2, 7, 8, 5, 6);
    }
  }

  @Test
  default void copyFillsTheTargetOnly() {
    try (Tensor source = backend().allocate(DType.F32, Shape.of(2, 3));
        Tensor target = backend().allocate(DType.F32, Shape.of(4, 3))) {
      byte[] from = randomBytes(source.bytes());
      byte[] before = randomBytes(target.bytes());
      backend().upload(ByteBuffer.wrap(from), source);
      backend().upload(ByteBuffer.wrap(before), target);

      backend().copy(source, target.rows(1, 2));
      backend().synchronize();

      byte[] expected = before.clone();
      System.arraycopy(from, 0, expected, 12, from.length);
      assertThat(downloaded(target)).isEqualTo(expected);
      assertThat(downloaded(source)).isEqualTo(from);
    }
  }

  @Test
  default void aTensorWithoutElementsIsFine() {
    try (Tensor empty = backend().allocate(DType.F32, Shape.of(0, 5))) {
      backend().upload(ByteBuffer.allocate(0), empty);
      assertThat(downloaded(empty)).isEmpty();
    }
  }

  @Test
  default void sizesThatDoNotFitAreRefused() {
    try (Tensor tensor = backend().allocate(DType.F32, Shape.of(2, 3));
        Tensor other = backend().allocate(DType.F32, Shape.of(7))) {
      Shape shape = tensor.shape();
      assertRefused("upload", shape, () -> backend().upload(ByteBuffer.allocate(23), tensor));
      assertRefused("upload", shape, () -> backend().upload(ByteBuffer.allocate(25), tensor));
      assertRefused("download", shape, () -> backend().download(tensor, ByteBuffer.allocate(23)));
      assertRefused("copy", shape, () -> backend().copy(other, tensor));
    }
  }

  @Test
  default void moreMemoryThanThereIsIsAnErrorThatSaysSo() {
    assertThatThrownBy(() -> backend().allocate(DType.F32, Shape.of(1L << 28, 1L << 28)))
        .isInstanceOf(XComposerException.class)
        .extracting(error -> ((XComposerException) error).kind())
        .isEqualTo(XComposerException.Kind.MEMORY);
  }

  @Test
  default void closingTwiceIsHarmless() {
    Tensor tensor = backend().allocate(DType.F32, Shape.of(2, 3));
    tensor.close();
    assertThatCode(tensor::close).doesNotThrowAnyException();
  }

  @Test
  default void aClosedTensorIsRefused() {
    Tensor tensor = backend().allocate(DType.F32, Shape.of(2, 3));
    Tensor view = tensor.rows(1, 1);
    tensor.close();
    assertThatThrownBy(() -> backend().quickGelu(tensor)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> backend().quickGelu(view)).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> downloaded(tensor)).isInstanceOf(RuntimeException.class);
  }

  @Test
  default void closingAViewLeavesItsOwnerOpen() {
    try (Tensor tensor = backend().allocate(DType.U8, Shape.of(2))) {
      backend().upload(ByteBuffer.wrap(new byte[] {1, 2}), tensor);
      tensor.rows(0, 1).close();
      assertThat(downloaded(tensor)).containsExactly(1, 2);
    }
  }

  @Test
  default void theDeviceHasANameAndADescription() {
    assertThat(backend().device()).isNotBlank();
    assertThat(backend().description()).isNotBlank();
    assertThat(backend().activationDtype()).isEqualTo(DType.F32);
  }
}
