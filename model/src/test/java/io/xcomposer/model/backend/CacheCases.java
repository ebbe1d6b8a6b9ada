package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.BackendCases.assertRefused;
import static io.xcomposer.model.backend.BackendCases.gaussians;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** Cases of the cache itself, and of batches that do not fit it. Sizes: H 4, KV 2, D 16, N 3. */
interface CacheCases extends BackendCases {
  private KvCache cache() {
    return backend().allocateKvCache(2, 4, 2, 16, DType.F32);
  }

  private static SequenceBatch batch(int[] rowStart, int[] kvLength, int[]... tables) {
    return new SequenceBatch(rowStart, kvLength, tables);
  }

  private static SequenceBatch threeRows() {
    return batch(new int[] {0, 3}, new int[] {3}, new int[] {2});
  }

  private void append(KvCache cache, int layer, SequenceBatch batch) {
    Tensor q = arrays().output(3, 64);
    Tensor wqkv = arrays().input(gaussians(1, 3 * 128), 3, 128);
    Tensor cosSin = arrays().input(gaussians(2, 100 * 16), 100, 16);
    backend().rotaryAppend(q, wqkv, cosSin, cache, layer, batch);
  }

  private void attend(KvCache cache, int layer, SequenceBatch batch) {
    Tensor q = arrays().input(gaussians(1, 3 * 64), 3, 64);
    backend().pagedAttention(arrays().output(3, 64), q, cache, layer, batch, 0.25f);
  }

  @ParameterizedTest
  @CsvSource({"F32", "BF16"})
  default void aCacheKnowsItsSizes(DType dtype) {
    try (KvCache cache = backend().allocateKvCache(3, 5, 2, 24, dtype)) {
      assertThat(cache.layers()).isEqualTo(3);
      assertThat(cache.blocks()).isEqualTo(5);
      assertThat(backend().kvBlockTokens()).isPositive();
      long elements = 2L * 3 * backend().kvBlockTokens() * 2 * 24;
      assertThat(cache.bytesPerBlock()).isGreaterThanOrEqualTo(elements * dtype.bytes());
    }
  }

  @ParameterizedTest
  @EnumSource(names = {"F16", "I32", "U8"})
  default void aCacheIsOfF32OrBf16Only(DType dtype) {
    assertRefused("allocateKvCache", dtype, () -> backend().allocateKvCache(1, 1, 1, 16, dtype));
  }

  @ParameterizedTest
  @CsvSource({
    "0, 1, 1, 16",
    "1, 0, 1, 16",
    "1, 1, 0, 16",
    "1, 1, 1, 0",
    "1, 1, 1, 15",
    "1, -1, 1, 16"
  })
  default void aCacheOfImpossibleSizesIsRefused(int layers, int blocks, int kvHeads, int headDim) {
    assertThatThrownBy(() -> backend().allocateKvCache(layers, blocks, kvHeads, headDim, DType.F32))
        .isInstanceOf(IllegalArgumentException.class)
        .hasMessageStartingWith("allocateKvCache");
  }

  @Test
  default void aCacheLargerThanTheMemoryIsAnErrorThatSaysSo() {
    assertThatThrownBy(() -> backend().allocateKvCache(1000, 2_000_000_000, 64, 128, DType.F32))
        .isInstanceOf(XComposerException.class)
        .extracting(error -> ((XComposerException) error).kind())
        .isEqualTo(XComposerException.Kind.MEMORY);
  }

  @Test
  default void batchesThatContradictThemselvesAreRefused() {
    SequenceBatch[] wrong = {
      batch(new int[] {0, 3}, new int[] {2}, new int[] {0}),
      batch(new int[] {0, 3}, new int[] {100}, new int[] {0}),
      batch(new int[] {0, 3}, new int[] {3}, new int[0]),
      batch(new int[] {0, 3}, new int[] {3}),
      batch(new int[] {1, 3}, new int[] {3}, new int[] {0}),
      batch(new int[] {0, 4, 3}, new int[] {4, 3}, new int[] {0}, new int[] {1}),
      batch(new int[] {0, 1, 3}, new int[] {3}, new int[] {0}),
      batch(new int[] {0, 3}, new int[] {-3}, new int[] {0}),
      batch(new int[] {0, 2}, new int[] {2}, new int[] {0}),
    };
    try (KvCache cache = cache()) {
      for (SequenceBatch batch : wrong) {
        assertThatThrownBy(() -> append(cache, 0, batch))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("rotaryAppend");
        assertThatThrownBy(() -> attend(cache, 0, batch))
            .isInstanceOf(IllegalArgumentException.class)
            .hasMessageStartingWith("pagedAttention");
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"-1", "4", "2147483647"})
  default void blocksOutsideOfTheCacheAreRefused(int block) {
    SequenceBatch batch = batch(new int[] {0, 3}, new int[] {3}, new int[] {block});
    try (KvCache cache = cache()) {
      assertRefused("rotaryAppend", block, () -> append(cache, 0, batch));
      assertRefused("pagedAttention", block, () -> attend(cache, 0, batch));
      assertRefused(
          "copyBlocks", block, () -> backend().copyBlocks(cache, new int[] {block}, new int[1]));
      assertRefused(
          "copyBlocks", block, () -> backend().copyBlocks(cache, new int[1], new int[] {block}));
    }
  }

  @ParameterizedTest
  @CsvSource({"-1", "2"})
  default void layersOutsideOfTheCacheAreRefused(int layer) {
    try (KvCache cache = cache()) {
      assertRefused("rotaryAppend", layer, () -> append(cache, layer, threeRows()));
      assertRefused("pagedAttention", layer, () -> attend(cache, layer, threeRows()));
    }
  }

  @Test
  default void copiedBlocksAreDisjoint() {
    try (KvCache cache = cache()) {
      assertThatThrownBy(() -> backend().copyBlocks(cache, new int[] {0, 1}, new int[] {2, 0}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("copyBlocks");
      assertThatThrownBy(() -> backend().copyBlocks(cache, new int[] {0, 1}, new int[] {2}))
          .isInstanceOf(IllegalArgumentException.class)
          .hasMessageStartingWith("copyBlocks");
    }
  }

  @Test
  default void tensorsThatDoNotFitTheCacheAreRefused() {
    Tensor q = arrays().output(3, 64);
    Tensor oddQ = arrays().output(3, 63);
    Tensor noRows = arrays().output(2, 64);
    Tensor wqkv = arrays().input(gaussians(1, 3 * 128), 3, 128);
    Tensor narrow = arrays().input(gaussians(1, 3 * 127), 3, 127);
    Tensor cosSin = arrays().input(gaussians(2, 48), 3, 16);
    Tensor shortTable = arrays().input(gaussians(2, 32), 2, 16);
    Tensor wideTable = arrays().input(gaussians(2, 96), 3, 32);
    SequenceBatch batch = threeRows();
    String append = "rotaryAppend";
    try (KvCache cache = cache()) {
      assertRefused(
          append, oddQ.shape(), () -> backend().rotaryAppend(oddQ, wqkv, cosSin, cache, 0, batch));
      assertRefused(
          append,
          noRows.shape(),
          () -> backend().rotaryAppend(noRows, wqkv, cosSin, cache, 0, batch));
      assertRefused(
          append, narrow.shape(), () -> backend().rotaryAppend(q, narrow, cosSin, cache, 0, batch));
      assertRefused(
          append,
          shortTable.shape(),
          () -> backend().rotaryAppend(q, wqkv, shortTable, cache, 0, batch));
      assertRefused(
          append,
          wideTable.shape(),
          () -> backend().rotaryAppend(q, wqkv, wideTable, cache, 0, batch));
      assertRefused(
          "pagedAttention",
          noRows.shape(),
          () -> backend().pagedAttention(noRows, q, cache, 0, batch, 1));
    }
  }

  @Test
  default void aClosedCacheIsRefused() {
    KvCache cache = cache();
    cache.close();
    cache.close();
    assertThatThrownBy(() -> append(cache, 0, threeRows())).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> attend(cache, 0, threeRows())).isInstanceOf(RuntimeException.class);
    assertThatThrownBy(() -> backend().copyBlocks(cache, new int[] {0}, new int[] {1}))
        .isInstanceOf(RuntimeException.class);
  }
}
