package io.xcomposer.spark.job;

import java.io.Serializable;

/**
 * The rows of one input partition, or of a part of it that is chosen by the hash of their keys.
 *
 * @param partition number of the input's partition
 * @param bucket which part, from 0
 * @param buckets how many parts the partition has
 * @param rows all of them
 * @param open those that are still to be answered
 */
record Unit(int partition, int bucket, int buckets, long rows, long open) implements Serializable {
  /** Whether some, but not all of its rows are to be answered. */
  boolean partial() {
    return open < rows;
  }

  Unit withOpen(long rowsToAnswer) {
    return new Unit(partition, bucket, buckets, rows, rowsToAnswer);
  }
}
