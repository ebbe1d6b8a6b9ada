package io.xcomposer.model.backend;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assumptions.assumeThat;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import java.util.Arrays;
import java.util.stream.IntStream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Every operation on one code path of the CPU, skipped where the machine lacks it. */
abstract class CpuBackendContract extends AbstractBackendTest {
  private final Isa isa;
  private final int threads;

  CpuBackendContract(Isa isa, int threads) {
    this.isa = isa;
    this.threads = threads;
  }

  @Override
  Backend open() {
    assumeThat(CpuBackend.supportedIsas()).as("code paths of this machine").contains(isa);
    return CpuBackend.open(threads, isa);
  }

  /** Bits: whether a row is computed alone, with few or with many others. */
  @ParameterizedTest
  @CsvSource({
    "F32, 1", "F32, 5", "F32, 8", "BF16, 1", "BF16, 5", "BF16, 8", "INT8, 1", "INT8, 5", "INT8, 8",
    "INT4, 1", "INT4, 3", "INT4, 8"
  })
  void aRowOfALinearLayerDoesNotDependOnTheOthers(DType dtype, int some) {
    int rows = 200;
    int in = 519;
    int out = 70;
    Tensor x = arrays().input(BackendCases.gaussians(1, rows * (long) in), rows, in);
    Tensor all = arrays().output(rows, out);
    Tensor few = arrays().output(some, out);
    WeightSource w = new ArrayWeight(BackendCases.gaussians(2, in * (long) out), out, in);
    try (PackedWeight weight = backend().pack(w, null, dtype)) {
      backend().linear(all, x, weight);
      backend().linear(few, x.rows(rows - some, some), weight);
    }
    float[] whole = arrays().read(all);
    assertThat(arrays().read(few))
        .containsExactly(Arrays.copyOfRange(whole, whole.length - some * out, whole.length));
  }

  /** Bits: whether a row is decoded, prefilled in a small chunk, or with its whole prompt. */
  @ParameterizedTest
  @CsvSource({"F32, 1", "F32, 4", "F32, 90", "BF16, 1", "BF16, 4", "BF16, 90"})
  void aRowOfAttentionDoesNotDependOnTheOthers(DType dtype, int some) {
    int rows = 2100;
    int width = 4 * 16;
    float[] wqkv = BackendCases.gaussians(3, rows * 128L);
    Tensor q = arrays().output(rows, width);
    Tensor all = arrays().output(rows, width);
    Tensor few = arrays().output(some, width);
    int blocks = (rows + backend().kvBlockTokens() - 1) / backend().kvBlockTokens();
    int[][] table = {IntStream.range(0, blocks).toArray()};
    int[] length = {rows};
    try (KvCache cache = backend().allocateKvCache(1, blocks, 2, 16, dtype)) {
      SequenceBatch whole = new SequenceBatch(new int[] {0, rows}, length, table);
      SequenceBatch last = new SequenceBatch(new int[] {0, some}, length, table);
      Tensor angles = arrays().input(BackendCases.gaussians(4, rows * 16L), rows, 16);
      backend().rotaryAppend(q, arrays().input(wqkv, rows, 128), angles, cache, 0, whole);
      backend().pagedAttention(all, q, cache, 0, whole, 0.25f);
      backend().pagedAttention(few, q.rows(rows - some, some), cache, 0, last, 0.25f);
    }
    float[] result = arrays().read(all);
    assertThat(arrays().read(few))
        .containsExactly(Arrays.copyOfRange(result, result.length - some * width, result.length));
  }

  /**
   * Bits: sequences that share their leading blocks, as beams do, against each of them by itself.
   * Their lengths end before, at and behind the border of a block; one of them has NaNs of its own.
   */
  @ParameterizedTest
  @CsvSource({
    "F32, 3, 0",
    "F32, 7, 9",
    "F32, 60, 17",
    "BF16, 3, 17",
    "BF16, 7, 24",
    "BF16, 60, 17"
  })
  void aRowOverSharedBlocksDoesNotDependOnTheOthers(DType dtype, int sequences, int shared) {
    try (SharedPrefix prefix = new SharedPrefix(arrays(), dtype, sequences, shared)) {
      float[] all = prefix.attend(IntStream.range(0, sequences).toArray());
      int width = all.length / sequences;
      for (int s = 0; s < sequences; s++) {
        float[] row = Arrays.copyOfRange(all, s * width, (s + 1) * width);
        assertThat(row).as("sequence %s", s).containsExactly(prefix.attend(s));
        assertThat(Float.isNaN(row[0]))
            .as("NaN in %s", s)
            .isEqualTo(s == SharedPrefix.NAN_SEQUENCE);
      }
    }
  }
}
