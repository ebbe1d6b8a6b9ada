package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.Tolerance.assertNear;
import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.backend.PagedScenario.Chunk;
import io.xcomposer.model.backend.PagedScenario.Heads;
import io.xcomposer.model.backend.PagedScenario.Rotation;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Cases of rotaryAppend and pagedAttention: sequences in prefill, decode and both. */
interface PagedAttentionCases extends BackendCases {
  private PagedScenario scenario(Heads heads, DType dtype, Rotation rotation) {
    double operandUnit = dtype == DType.BF16 ? bf16OperandUnit() : 0;
    return new PagedScenario(arrays(), heads, dtype, rotation, operandUnit);
  }

  @ParameterizedTest
  @CsvSource({
    "F32, 1, 1, 16", "F32, 4, 2, 24", "F32, 8, 2, 16", "F32, 3, 3, 64", "F32, 4, 1, 128",
    "BF16, 1, 1, 16", "BF16, 4, 2, 24", "BF16, 8, 2, 16", "BF16, 3, 3, 64", "BF16, 4, 1, 128"
  })
  default void aPromptInChunksThenTokenByToken(DType dtype, int heads, int kvHeads, int headDim) {
    try (PagedScenario scenario =
        scenario(new Heads(heads, kvHeads, headDim), dtype, Rotation.BY_POSITION)) {
      int block = scenario.blockTokens();
      int sequence = scenario.start();
      for (int rows : new int[] {1, block - 1, 1, block + 3, 2 * block - 4, 1, 1, 7}) {
        scenario.step(new Chunk(sequence, rows));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"F32, 4, 2, 24", "BF16, 4, 2, 24", "F32, 8, 2, 64", "BF16, 4, 1, 128"})
  default void prefillAndDecodeInOneStep(DType dtype, int heads, int kvHeads, int headDim) {
    try (PagedScenario scenario =
        scenario(new Heads(heads, kvHeads, headDim), dtype, Rotation.BY_POSITION)) {
      int block = scenario.blockTokens();
      int first = scenario.start();
      int second = scenario.start();
      int third = scenario.start();
      scenario.step(new Chunk(first, block + 1));
      scenario.step(new Chunk(first, 1), new Chunk(second, 2 * block), new Chunk(third, 1));
      scenario.step(new Chunk(third, 17), new Chunk(first, 1), new Chunk(second, 1));
      scenario.step(new Chunk(first, 1), new Chunk(second, 1), new Chunk(third, 1));
    }
  }

  /** Angles of zero and data on bf16's grid: keeping keys and values in bf16 loses nothing. */
  @ParameterizedTest
  @CsvSource({"1, 1, 16", "4, 2, 24", "8, 2, 64", "4, 1, 128"})
  default void aBf16CacheLosesNothingButTheBitsOfBf16(int heads, int kvHeads, int headDim) {
    try (PagedScenario scenario =
        scenario(new Heads(heads, kvHeads, headDim), DType.BF16, Rotation.NONE)) {
      int block = scenario.blockTokens();
      int sequence = scenario.start();
      for (int rows : new int[] {block + 5, 1, 1, 13}) {
        scenario.step(new Chunk(sequence, rows));
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"F32, 0", "F32, 5", "BF16, 0", "BF16, 5"})
  default void forksShareTheirPastAndGoTheirOwnWay(DType dtype, int rowsInLastBlock) {
    try (PagedScenario scenario = scenario(new Heads(4, 2, 24), dtype, Rotation.BY_POSITION)) {
      int parent = scenario.start();
      scenario.step(new Chunk(parent, 2 * scenario.blockTokens() + rowsInLastBlock));
      int left = scenario.fork(parent);
      int right = scenario.fork(parent);
      scenario.step(new Chunk(left, 1), new Chunk(parent, 1), new Chunk(right, 1));
      int grandchild = scenario.fork(left);
      scenario.step(new Chunk(grandchild, 3), new Chunk(right, 2), new Chunk(left, 1));
      scenario.step(new Chunk(parent, 1), new Chunk(left, 1));
    }
  }

  @Test
  default void manyDecodingSequences() {
    try (PagedScenario scenario = scenario(new Heads(4, 2, 16), DType.F32, Rotation.BY_POSITION)) {
      Chunk[] prompts = new Chunk[17];
      Chunk[] tokens = new Chunk[17];
      for (int s = 0; s < prompts.length; s++) {
        int sequence = scenario.start();
        prompts[s] = new Chunk(sequence, 1 + s % scenario.blockTokens() % 14);
        tokens[16 - s] = new Chunk(sequence, 1);
      }
      scenario.step(prompts);
      scenario.step(tokens);
    }
  }

  @Test
  default void hugeScoresOfPagesDoNotOverflow() {
    int rows = 20;
    float[] wqkv = BackendCases.gaussians(3, rows * 48L);
    for (int i = 0; i < wqkv.length; i++) {
      // queries and keys, not values: scores of some ten thousands
      wqkv[i] *= i % 48 < 32 ? 100 : 1;
    }
    float[] cosSin = new float[rows * 16];
    for (int i = 0; i < cosSin.length; i++) {
      cosSin[i] = i % 16 < 8 ? 1 : 0;
    }
    Tensor q = arrays().output(rows, 16);
    Tensor out = arrays().output(rows, 16);
    try (KvCache cache = backend().allocateKvCache(1, 8, 1, 16, DType.F32)) {
      SequenceBatch batch = singleSequence(rows, backend().kvBlockTokens());
      Tensor table = arrays().input(cosSin, rows, 16);
      backend().rotaryAppend(q, arrays().input(wqkv, rows, 48), table, cache, 0, batch);
      backend().pagedAttention(out, q, cache, 0, batch, 0.25f);
    }
    ExactAttention exact = new ExactAttention(16, 0.25);
    float[] result = arrays().read(out);
    for (int row = 0; row < rows; row++) {
      exact.append(slice(wqkv, row * 48 + 16), slice(wqkv, row * 48 + 32));
      ExactAttention.Row expected = exact.row(slice(wqkv, row * 48), row + 1);
      for (int d = 0; d < 16; d++) {
        double bound = expected.bound(0)[d];
        assertNear("row " + row, result[row * 16 + d], expected.value()[d], bound);
      }
    }
  }

  @ParameterizedTest
  @CsvSource({"F32", "BF16"})
  default void aFirstTokenGetsExactlyItsOwnValue(DType dtype) {
    float[] values = BackendCases.bf16Gaussians(4, 16);
    assertThat(firstToken(values, dtype)).containsExactly(values);
  }

  @Test
  default void valuesOfABf16CacheAreRoundedToNearestTiesToEven() {
    float[] values = BackendCases.gaussians(5, 16);
    values[0] = 1 + 0x1p-8f;
    values[1] = 1 + 0x3p-8f;
    values[2] = -1 - 0x1.01p-8f;
    float[] kept = values.clone();
    for (int d = 3; d < kept.length; d++) {
      kept[d] = FloatFormats.roundToBf16(values[d]);
    }
    kept[0] = 1;
    kept[1] = 1 + 0x1p-6f;
    kept[2] = -1 - 0x1p-7f;
    assertThat(firstToken(values, DType.BF16)).containsExactly(kept);
  }

  /** What a row that attends to itself only gets: what the cache keeps of its value. */
  private float[] firstToken(float[] values, DType dtype) {
    float[] wqkv = BackendCases.gaussians(6, 48);
    System.arraycopy(values, 0, wqkv, 32, 16);
    Tensor q = arrays().output(1, 16);
    Tensor out = arrays().output(1, 16);
    try (KvCache cache = backend().allocateKvCache(1, 1, 1, 16, dtype)) {
      SequenceBatch batch = singleSequence(1, backend().kvBlockTokens());
      Tensor table = arrays().input(new float[16], 1, 16);
      backend().rotaryAppend(q, arrays().input(wqkv, 1, 48), table, cache, 0, batch);
      backend().pagedAttention(out, q, cache, 0, batch, 0.25f);
    }
    return arrays().read(out);
  }

  private static SequenceBatch singleSequence(int rows, int blockTokens) {
    int[] table = new int[(rows + blockTokens - 1) / blockTokens];
    for (int i = 0; i < table.length; i++) {
      table[i] = table.length - 1 - i;
    }
    return new SequenceBatch(new int[] {0, rows}, new int[] {rows}, new int[][] {table});
  }

  private static double[] slice(float[] elements, int from) {
    double[] slice = new double[16];
    for (int i = 0; i < slice.length; i++) {
      slice[i] = elements[from + i];
    }
    return slice;
  }
}
