package io.xcomposer.spark.job;

import io.xcomposer.spark.job.ChunkSelection.Parts;
import io.xcomposer.spark.job.ChunkSelection.Twins;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import java.util.NoSuchElementException;
import org.apache.spark.api.java.function.Function2;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/**
 * Takes the rows of a chunk out of a partition of the input, one at a time. In: a row with its key
 * as the last column. Out: the row with its final key as the last, good until the next one.
 *
 * <p>Which rows are taken depends on the rows alone and not on their order: a task that is tried
 * again takes the same ones, but for rows that are alike in every column.
 */
final class ChunkRows implements Function2<Integer, Iterator<InternalRow>, Iterator<InternalRow>> {
  private static final long serialVersionUID = 1L;

  private final StructType schema;
  private final Broadcast<ChunkSelection> selection;
  private final int slice;
  private final int slices;

  /**
   * A share of the chunk's rows in each partition.
   *
   * @param schema of the rows, the key among them
   * @param slice which share, from 0
   * @param slices how many tasks share a partition
   */
  ChunkRows(StructType schema, Broadcast<ChunkSelection> selection, int slice, int slices) {
    this.schema = schema;
    this.selection = selection;
    this.slice = slice;
    this.slices = slices;
  }

  @Override
  public Iterator<InternalRow> call(Integer partition, Iterator<InternalRow> rows) {
    return new Taken(schema, partition, rows, selection.value(), slice, slices);
  }

  private static final class Taken implements Iterator<InternalRow> {
    private final StructType schema;
    private final int partition;
    private final Iterator<InternalRow> rows;
    private final ChunkSelection chunk;
    private final Parts parts;
    private final int slice;
    private final int slices;
    private final Map<Twins, Integer> nextNumbers = new HashMap<>();
    private InternalRow next;

    Taken(
        StructType schema,
        int partition,
        Iterator<InternalRow> rows,
        ChunkSelection chunk,
        int slice,
        int slices) {
      this.schema = schema;
      this.partition = partition;
      this.rows = rows;
      this.chunk = chunk;
      this.slice = slice;
      this.slices = slices;
      parts = chunk.parts().get(partition);
    }

    @Override
    public boolean hasNext() {
      while (next == null && rows.hasNext()) {
        next = taken(rows.next());
      }
      return next != null;
    }

    @Override
    public InternalRow next() {
      if (!hasNext()) {
        throw new NoSuchElementException("all rows of the partition are taken");
      }
      InternalRow row = next;
      next = null;
      return row;
    }

    /** The row with its final key, null where it is not for this task. */
    private InternalRow taken(InternalRow row) {
      int keyAt = schema.length() - 1;
      String hash = row.getUTF8String(keyAt).toString();
      int number = number(hash);
      String key = ChunkSelection.numbered(hash, number);
      int bucket = Math.floorMod(KeyHash.of(hash), parts.buckets());
      boolean wanted =
          parts.whole().contains(bucket)
              || (parts.partial().contains(bucket) && chunk.openKeys().contains(key));
      if (!wanted || Math.floorMod(KeyHash.second(key), slices) != slice) {
        return null;
      }
      return number == 1 ? row : withKey(row, keyAt, key);
    }

    private InternalRow withKey(InternalRow row, int keyAt, String key) {
      Object[] values = new Object[keyAt + 1];
      for (int i = 0; i < keyAt; i++) {
        values[i] = row.get(i, schema.fields()[i].dataType());
      }
      values[keyAt] = UTF8String.fromString(key);
      return new GenericInternalRow(values);
    }

    private int number(String hash) {
      if (chunk.firstNumbers().isEmpty()) {
        return 1;
      }
      Twins twins = new Twins(partition, hash);
      Integer first = chunk.firstNumbers().get(twins);
      return first == null ? 1 : nextNumbers.merge(twins, first, (last, unused) -> last + 1);
    }
  }
}
