package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import java.util.Arrays;

/** Sequences that have their leading blocks in common and tails of their own. */
final class SharedPrefix implements AutoCloseable {
  /** The tail of this one is NaN. */
  static final int NAN_SEQUENCE = 1;

  private static final int HEADS = 8;
  private static final int KV_HEADS = 2;
  private static final int HEAD_DIM = 16;
  private static final int TAIL_BLOCKS = 2;

  private final DeviceArrays arrays;
  private final KvCache cache;
  private final int blockTokens;
  private final int shared;
  private final Tensor angles;
  private final Tensor queries;

  /**
   * Fills the cache.
   *
   * @param shared blocks that all sequences start with
   */
  SharedPrefix(DeviceArrays arrays, DType dtype, int sequences, int shared) {
    this.arrays = arrays;
    this.shared = shared;
    Backend backend = arrays.backend();
    blockTokens = backend.kvBlockTokens();
    cache = backend.allocateKvCache(1, shared + TAIL_BLOCKS * sequences, KV_HEADS, HEAD_DIM, dtype);
    int positions = (shared + TAIL_BLOCKS) * blockTokens;
    angles =
        arrays.input(BackendCases.gaussians(1, (long) positions * HEAD_DIM), positions, HEAD_DIM);
    queries =
        arrays.input(
            BackendCases.gaussians(2, (long) sequences * HEADS * HEAD_DIM),
            sequences,
            HEADS * HEAD_DIM);
    append(0, shared * blockTokens, shared * blockTokens);
    for (int s = 0; s < sequences; s++) {
      append(s, length(s) - shared * blockTokens, length(s));
    }
  }

  /** Tokens of a sequence: its tail is from one token to two blocks long. */
  private int length(int sequence) {
    int[] tails = {1, blockTokens - 1, blockTokens, blockTokens + 1, 2 * blockTokens};
    return shared * blockTokens + tails[sequence % tails.length];
  }

  private int[] table(int sequence) {
    int[] table = new int[shared + TAIL_BLOCKS];
    Arrays.setAll(table, i -> i < shared ? i : shared + TAIL_BLOCKS * sequence + i - shared);
    return table;
  }

  /** Appends the last {@code rows} of {@code length} tokens. */
  private void append(int sequence, int rows, int length) {
    if (rows == 0) {
      return;
    }
    int width = (HEADS + 2 * KV_HEADS) * HEAD_DIM;
    float[] wqkv = BackendCases.gaussians(3L + length + sequence, (long) rows * width);
    if (sequence == NAN_SEQUENCE) {
      Arrays.fill(wqkv, Float.NaN);
    }
    SequenceBatch batch =
        new SequenceBatch(new int[] {0, rows}, new int[] {length}, new int[][] {table(sequence)});
    Tensor q = arrays.output(rows, HEADS * HEAD_DIM);
    arrays.backend().rotaryAppend(q, arrays.input(wqkv, rows, width), angles, cache, 0, batch);
  }

  /** A decoding step of some sequences: a row each. */
  float[] attend(int... sequences) {
    int rows = sequences.length;
    int[] rowStart = new int[rows + 1];
    Arrays.setAll(rowStart, i -> i);
    int[] lengths = Arrays.stream(sequences).map(this::length).toArray();
    int[][] tables = Arrays.stream(sequences).mapToObj(this::table).toArray(int[][]::new);
    Tensor out = arrays.output(rows, HEADS * HEAD_DIM);
    arrays
        .backend()
        .pagedAttention(
            out,
            queries.rows(sequences[0], rows),
            cache,
            0,
            new SequenceBatch(rowStart, lengths, tables),
            0.25f);
    return arrays.read(out);
  }

  @Override
  public void close() {
    cache.close();
  }
}
