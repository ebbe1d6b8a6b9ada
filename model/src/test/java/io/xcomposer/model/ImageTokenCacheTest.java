package io.xcomposer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.backend.ReferenceBackend;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import org.junit.jupiter.api.Test;

class ImageTokenCacheTest {
  private static final int PAGE_BYTES = 8;
  private static final PixelHash A = new PixelHash("a");
  private static final PixelHash B = new PixelHash("b");
  private static final PixelHash C = new PixelHash("c");

  private final ReferenceBackend backend = new ReferenceBackend();
  private final ImageTokenCache cache = new ImageTokenCache(2 * PAGE_BYTES);

  private Tensor put(PixelHash page) {
    Tensor tokens = backend.allocate(DType.U8, Shape.of(PAGE_BYTES));
    cache.put(page, tokens);
    return tokens;
  }

  private void assertFreed(Tensor tensor) {
    assertThatThrownBy(() -> backend.download(tensor, ByteBuffer.allocate(PAGE_BYTES)))
        .hasMessageContaining("closed");
  }

  @Test
  void aPageIsFoundAgain() {
    Tensor a = put(A);
    assertThat(cache.holds(A)).isTrue();
    assertThat(cache.holds(B)).isFalse();
    assertThat(cache.use(A)).isSameAs(a);
  }

  @Test
  void trimmingFreesThePageThatWasNotUsedForLongest() {
    put(A);
    Tensor b = put(B);
    put(C);
    cache.use(A);
    cache.release(A);
    cache.trim(page -> false);
    assertFreed(b);
    assertThat(cache.holds(A)).isTrue();
    assertThat(cache.holds(C)).isTrue();
  }

  @Test
  void withinTheLimitNothingIsTrimmed() {
    put(A);
    put(B);
    cache.trim(page -> false);
    assertThat(cache.holds(A)).isTrue();
    assertThat(cache.holds(B)).isTrue();
  }

  @Test
  void aPageInUseStaysUntilItsLastUserLetsGo() {
    ImageTokenCache none = new ImageTokenCache(0);
    none.put(A, backend.allocate(DType.U8, Shape.of(PAGE_BYTES)));
    none.use(A);
    none.use(A);
    none.release(A);
    none.trim(page -> false);
    assertThat(none.holds(A)).isTrue();
    none.release(A);
    none.trim(page -> false);
    assertThat(none.holds(A)).isFalse();
  }

  @Test
  void aWantedPageStaysAboveTheLimitAndTheOthersGo() {
    ImageTokenCache none = new ImageTokenCache(0);
    none.put(A, backend.allocate(DType.U8, Shape.of(PAGE_BYTES)));
    none.put(B, backend.allocate(DType.U8, Shape.of(PAGE_BYTES)));
    none.trim(A::equals);
    assertThat(none.holds(A)).isTrue();
    assertThat(none.holds(B)).isFalse();
  }

  @Test
  void closingFreesEverything() {
    Tensor a = put(A);
    cache.close();
    assertFreed(a);
    assertThat(cache.holds(A)).isFalse();
  }
}
