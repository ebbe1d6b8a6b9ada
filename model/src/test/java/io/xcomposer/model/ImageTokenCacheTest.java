package io.xcomposer.model;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.backend.ReferenceBackend;
import io.xcomposer.model.image.PixelHash;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class ImageTokenCacheTest {
  private static final int PAGE_BYTES = 8;
  private static final PixelHash A = new PixelHash("a");
  private static final PixelHash B = new PixelHash("b");
  private static final PixelHash C = new PixelHash("c");

  private final ReferenceBackend backend = new ReferenceBackend();
  private final ImageTokenCache cache = new ImageTokenCache(2 * PAGE_BYTES);
  private final List<PixelHash> encoded = new ArrayList<>();

  private Tensor get(PixelHash page) {
    return cache.get(
        page,
        () -> {
          encoded.add(page);
          return backend.allocate(DType.U8, Shape.of(PAGE_BYTES));
        });
  }

  private void assertFreed(Tensor tensor) {
    assertThatThrownBy(() -> backend.download(tensor, ByteBuffer.allocate(PAGE_BYTES)))
        .hasMessageContaining("closed");
  }

  @Test
  void aPageIsEncodedOnce() {
    assertThat(get(A)).isSameAs(get(A));
    assertThat(encoded).containsExactly(A);
    assertThat(cache.holds(A)).isTrue();
    assertThat(cache.holds(B)).isFalse();
  }

  @Test
  void trimmingFreesThePageThatWasNotUsedForLongest() {
    Tensor a = get(A);
    Tensor b = get(B);
    get(C);
    assertThat(get(A)).isSameAs(a);
    cache.trim(page -> false);
    assertFreed(b);
    assertThat(cache.holds(A)).isTrue();
    assertThat(cache.holds(C)).isTrue();
  }

  @Test
  void withinTheLimitNothingIsTrimmed() {
    get(A);
    get(B);
    cache.trim(page -> false);
    assertThat(cache.holds(A)).isTrue();
    assertThat(cache.holds(B)).isTrue();
  }

  @Test
  void aWantedPageStaysAboveTheLimitAndTheOthersGo() {
    ImageTokenCache none = new ImageTokenCache(0);
    none.get(A, () -> backend.allocate(DType.U8, Shape.of(PAGE_BYTES)));
    none.get(B, () -> backend.allocate(DType.U8, Shape.of(PAGE_BYTES)));
    none.trim(A::equals);
    assertThat(none.holds(A)).isTrue();
    assertThat(none.holds(B)).isFalse();
    none.trim(page -> false);
    assertThat(none.holds(A)).isFalse();
  }

  @Test
  void closingFreesEverything() {
    Tensor a = get(A);
    cache.close();
    assertFreed(a);
    assertThat(cache.holds(A)).isFalse();
  }
}
