package io.xcomposer.model.backend;

import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;

/**
 * A {@link SequenceBatch} with its block tables in one array, as the C ABI takes them, and with
 * array lengths that fit each other: the native side cannot see them.
 *
 * @param tableStart (S + 1): tables of sequence s are {@code tableStart[s] .. tableStart[s + 1]}
 */
record FlatBatch(int[] rowStart, int[] kvLength, int[] tables, int[] tableStart) {
  static FlatBatch of(String operation, SequenceBatch batch) {
    int sequences = batch.sequences();
    if (batch.rowStart().length != sequences + 1 || batch.blockTables().length != sequences) {
      throw new IllegalArgumentException(
          operation
              + ": batch of "
              + sequences
              + " sequences with "
              + batch.rowStart().length
              + " row starts and "
              + batch.blockTables().length
              + " block tables");
    }
    return new FlatBatch(
        batch.rowStart(),
        batch.kvLength(),
        joined(batch.blockTables()),
        starts(batch.blockTables()));
  }

  int sequences() {
    return kvLength.length;
  }

  /** N, the rows of the step. */
  int rows() {
    return rowStart[sequences()];
  }

  /** Positions that the longest sequence has. */
  int positions() {
    return Arrays.stream(kvLength).max().orElse(0);
  }

  /** Whether no number is in both. */
  static boolean disjoint(int[] a, int[] b) {
    Set<Integer> numbers = Arrays.stream(a).boxed().collect(Collectors.toSet());
    return Arrays.stream(b).noneMatch(numbers::contains);
  }

  /** The lists one after the other. */
  static int[] joined(int[][] lists) {
    int[] starts = starts(lists);
    int[] all = new int[starts[lists.length]];
    for (int i = 0; i < lists.length; i++) {
      System.arraycopy(lists[i], 0, all, starts[i], lists[i].length);
    }
    return all;
  }

  /** Where each list starts in {@link #joined}, and the total. */
  static int[] starts(int[][] lists) {
    int[] starts = new int[lists.length + 1];
    for (int i = 0; i < lists.length; i++) {
      starts[i + 1] = Math.addExact(starts[i], lists[i].length);
    }
    return starts;
  }
}
