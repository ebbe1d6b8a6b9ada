package io.xcomposer.spark.job;

import java.io.Serializable;
import java.util.Map;
import java.util.Set;

/**
 * Which rows of the input's partitions are in a chunk. Sent to every task of it.
 *
 * @param parts of each partition that has rows in the chunk
 * @param openKeys keys of the rows to answer, of all parts that are not to be answered whole
 * @param firstNumbers number of the first row of each kind of twins, where a key has several rows
 */
record ChunkSelection(
    Map<Integer, Parts> parts, Set<String> openKeys, Map<Twins, Integer> firstNumbers)
    implements Serializable {

  /**
   * Parts of a partition.
   *
   * @param buckets how many there are
   * @param whole those whose rows are all in the chunk
   * @param partial those of whose rows only the open keys are
   */
  record Parts(int buckets, Set<Integer> whole, Set<Integer> partial) implements Serializable {}

  /** Rows of a partition that are alike in every column, as far as their hash can tell. */
  record Twins(int partition, String key) implements Serializable {}

  /** The key of a row among others with the same hash: the first has the hash itself. */
  static String numbered(String key, int number) {
    return number == 1 ? key : key + "-" + number;
  }
}
