package io.xcomposer.spark.job;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;

/**
 * How the input is cut.
 *
 * @param chunkRows rows that a chunk should have
 * @param taskSlots tasks that the cluster runs at a time
 */
record ChunkPlan(long chunkRows, int taskSlots) {
  private static final long MIN_ROWS = 1000;
  private static final long ROWS_PER_SLOT = 250;

  /** More tasks than these are not made of one partition, because each has to read it. */
  private static final int MAX_SLICES = 16;

  private static final long MIN_ROWS_PER_SLICE = 8;

  /**
   * The rows of a plan, or what keeps all slots busy for some minutes.
   *
   * @param wanted 0 to choose
   */
  static ChunkPlan of(long wanted, int taskSlots) {
    return new ChunkPlan(
        wanted > 0 ? wanted : Math.max(MIN_ROWS, ROWS_PER_SLOT * taskSlots), taskSlots);
  }

  /** The first partitions that have {@code limit} rows together, or all. */
  static Set<Integer> partitions(KeyedPages pages, long limit) {
    int needed = pages.partitions();
    if (limit > 0) {
      List<Long> counts = pages.counts();
      long rows = 0;
      needed = 0;
      while (needed < counts.size() && rows < limit) {
        rows += counts.get(needed++);
      }
    }
    return IntStream.range(0, needed).boxed().collect(Collectors.toUnmodifiableSet());
  }

  /** The first units that have {@code rows} open rows together; of the last one only a part. */
  static List<Unit> first(List<Unit> units, long rows) {
    List<Unit> first = new ArrayList<>();
    long left = rows;
    for (Unit unit : units) {
      if (left > 0) {
        Unit taken = unit.withOpen(Math.min(left, unit.open()));
        first.add(taken);
        left -= taken.open();
      }
    }
    return first;
  }

  /**
   * In how many tasks each partition of a chunk is read: one, but for few partitions with many
   * rows, such as a small table of paths.
   */
  int slices(Chunk chunk) {
    long partitions = chunk.partitions().size();
    long wanted = (taskSlots + partitions - 1) / partitions;
    long useful = chunk.open() / partitions / MIN_ROWS_PER_SLICE;
    return (int) Math.max(1, Math.min(MAX_SLICES, Math.min(wanted, useful)));
  }
}
