package io.xcomposer.model.backend;

/**
 * Which rows of a step belong to which sequence. The N rows of a step are the new tokens of S
 * sequences, one sequence after the other: a prompt chunk in prefill, one row in decode; both may
 * stand in one step.
 *
 * @param rowStart (S + 1): rows {@code rowStart[s] .. rowStart[s + 1]} belong to sequence s; the
 *     last entry is N
 * @param kvLength (S): tokens of the sequence in the cache when this step has been appended; the
 *     last row of sequence s is at position {@code kvLength[s] - 1}
 * @param blockTables (S) tables: entry i holds tokens {@code i * blockTokens ..} of the sequence;
 *     at least {@code ceil(kvLength / blockTokens)} entries
 */
public record SequenceBatch(int[] rowStart, int[] kvLength, int[][] blockTables) {
  public int sequences() {
    return kvLength.length;
  }

  /** N, the rows of the step. */
  public int rows() {
    return rowStart[rowStart.length - 1];
  }
}
