package io.xcomposer.model.text;

import java.util.Arrays;

/**
 * The merges that may be made next, best first: a binary heap of packed longs. {@code
 * PriorityQueue<Long>} does the same at several times the time and memory, and a question may have
 * a million characters.
 */
final class MergeAgenda {
  private long[] heap = new long[64];
  private int size;

  /**
   * Adds a merge.
   *
   * @param rank of the merged piece, not negative; lower is better
   * @param symbol left symbol of the pair, not negative; lower is better among equal ranks
   */
  void add(int rank, int symbol) {
    if (size == heap.length) {
      heap = Arrays.copyOf(heap, 2 * size);
    }
    long entry = (long) rank << 32 | symbol;
    int hole = size++;
    while (hole > 0) {
      int parent = (hole - 1) / 2;
      if (heap[parent] <= entry) {
        break;
      }
      heap[hole] = heap[parent];
      hole = parent;
    }
    heap[hole] = entry;
  }

  boolean isEmpty() {
    return size == 0;
  }

  int bestRank() {
    return (int) (heap[0] >>> 32);
  }

  int bestSymbol() {
    return (int) heap[0];
  }

  void removeBest() {
    long entry = heap[--size];
    int hole = 0;
    for (int child = 1; child < size; child = 2 * hole + 1) {
      if (child + 1 < size && heap[child + 1] < heap[child]) {
        child++;
      }
      if (entry <= heap[child]) {
        break;
      }
      heap[hole] = heap[child];
      hole = child;
    }
    heap[hole] = entry;
  }
}
