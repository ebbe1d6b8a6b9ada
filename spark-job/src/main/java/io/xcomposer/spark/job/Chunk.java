package io.xcomposer.spark.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;

/** Rows that are answered and committed together. */
record Chunk(List<Unit> units) {
  Chunk {
    units = List.copyOf(units);
  }

  /** Rows to answer. */
  long open() {
    return units.stream().mapToLong(Unit::open).sum();
  }

  Set<Integer> partitions() {
    return units.stream().map(Unit::partition).collect(Collectors.toUnmodifiableSet());
  }

  /**
   * Puts units together, in their order, until a chunk has its rows. A unit is never divided.
   *
   * @param chunkRows most rows of a chunk that has more than one unit
   */
  static List<Chunk> pack(List<Unit> units, long chunkRows) {
    List<Chunk> chunks = new ArrayList<>();
    List<Unit> current = new ArrayList<>();
    long rows = 0;
    for (Unit unit : units) {
      if (unit.open() == 0) {
        continue;
      }
      if (!current.isEmpty() && rows + unit.open() > chunkRows) {
        chunks.add(new Chunk(current));
        current = new ArrayList<>();
        rows = 0;
      }
      current.add(unit);
      rows += unit.open();
    }
    if (!current.isEmpty()) {
      chunks.add(new Chunk(current));
    }
    return chunks;
  }
}
