package io.xcomposer.spark.job;

/** Spreads keys over a number of parts, the same way in every process and version. */
final class KeyHash {
  private KeyHash() {}

  /** Of a key of the index. */
  static int of(String key) {
    return mixed(key.hashCode());
  }

  /** Independent of {@link #of}, for a division of what that has divided. */
  static int second(String key) {
    return mixed(key.hashCode() * 31 + 0x5bd1e995);
  }

  /** Each bit of the result depends on all of the argument. */
  private static int mixed(int value) {
    int hash = value;
    hash = (hash ^ (hash >>> 16)) * 0x85ebca6b;
    hash = (hash ^ (hash >>> 13)) * 0xc2b2ae35;
    return hash ^ (hash >>> 16);
  }
}
