package io.xcomposer.spark.job;

import static org.apache.spark.sql.functions.broadcast;
import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.concat;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.min;
import static org.apache.spark.sql.functions.pmod;
import static org.apache.spark.sql.functions.row_number;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.CallArguments;
import io.xcomposer.spark.job.ChunkSelection.Parts;
import io.xcomposer.spark.job.ChunkSelection.Twins;
import java.util.ArrayList;
import java.util.Collection;
import java.util.Comparator;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.Spliterators;
import java.util.stream.StreamSupport;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.expressions.Window;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.storage.StorageLevel;

/**
 * Which key is in which partition, and whether it is open, that is still to be answered: a row
 * (partition, hash, spread, number, copies, key, open) for each row of the input, kept on the
 * executors' disks. The driver only sees counts, and of keys those that a chunk needs.
 */
final class KeyIndex implements AutoCloseable {
  private static final StructType KEYS =
      new StructType()
          .add("partition", DataTypes.IntegerType, false)
          .add("hash", DataTypes.StringType, true)
          .add("spread", DataTypes.IntegerType, false);

  private static final StructType UNITS =
      new StructType()
          .add("partition", DataTypes.IntegerType, false)
          .add("bucket", DataTypes.IntegerType, false)
          .add("buckets", DataTypes.IntegerType, false);

  private static final Column BUCKET = pmod(col("spread"), col("buckets"));
  private static final int EXAMPLES = 5;

  private final SparkSession spark;
  private final List<Dataset<Row>> persisted = new ArrayList<>();
  private final boolean hasTwins;
  private final Dataset<Row> rows;

  /**
   * Reads the keys of a table.
   *
   * @param partitions those to read
   * @param done a column {@link RowKeys#KEY} of keys that are not open, null for none
   * @throws io.xcomposer.model.XComposerException when a given key is NULL or there twice
   */
  KeyIndex(SparkSession spark, KeyedPages pages, Set<Integer> partitions, Dataset<Row> done) {
    this.spark = spark;
    Dataset<Row> keys = persist(read(pages, partitions));
    Dataset<Row> copies = keys.groupBy("hash").agg(count(lit(1)).as("copies")).where("copies > 1");
    if (pages.keysAreGiven()) {
      requireUnique(keys, copies);
    }
    hasTwins = !pages.keysAreGiven() && !copies.isEmpty();
    Dataset<Row> whole = withOpen(numbered(keys), done);
    rows = hasTwins || done != null ? persist(whole) : whole;
  }

  private Dataset<Row> read(KeyedPages pages, Set<Integer> partitions) {
    JavaRDD<Row> keys =
        pages
            .keyRows()
            .mapPartitionsWithIndex(
                (partition, all) ->
                    StreamSupport.stream(Spliterators.spliteratorUnknownSize(all, 0), false)
                        .map(row -> entry(partition, row))
                        .iterator(),
                true);
    return spark.createDataFrame(KeyedPages.only(keys, partitions), KEYS);
  }

  private static Row entry(int partition, Row row) {
    int spread = row.isNullAt(0) ? 0 : KeyHash.of(row.getString(0));
    return RowFactory.create(partition, row.get(0), spread);
  }

  private static void requireUnique(Dataset<Row> keys, Dataset<Row> copies) {
    long nulls = keys.where("hash IS NULL").count();
    if (nulls > 0) {
      throw Errors.input(
          nulls + " rows have no value in the --key columns",
          "give columns that every row has a value in, or leave the rows out with --where");
    }
    List<Row> examples = copies.limit(EXAMPLES).collectAsList();
    if (!examples.isEmpty()) {
      throw Errors.input(
          "the --key columns do not tell rows apart: "
              + String.join(
                  ", ",
                  examples.stream()
                      .map(
                          row -> "'" + row.getString(0) + "' is there " + row.getLong(1) + " times")
                      .toList()),
          "add a column to --key, or leave --key out to use a hash of image and question");
    }
  }

  private Dataset<Row> numbered(Dataset<Row> keys) {
    if (!hasTwins) {
      return keys.withColumn("number", lit(1))
          .withColumn("copies", lit(1L))
          .withColumn("key", col("hash"));
    }
    var ofKey = Window.partitionBy("hash");
    Column number = row_number().over(ofKey.orderBy("partition"));
    // As ChunkSelection.numbered.
    Column key =
        when(col("number").equalTo(1), col("hash"))
            .otherwise(concat(col("hash"), lit("-"), col("number")));
    return keys.withColumn("number", number)
        .withColumn("copies", count(lit(1)).over(ofKey))
        .withColumn("key", key);
  }

  private static Dataset<Row> withOpen(Dataset<Row> keys, Dataset<Row> done) {
    if (done == null) {
      return keys.withColumn("open", lit(1));
    }
    Dataset<Row> found =
        done.select(CallArguments.column(RowKeys.KEY).as("key"))
            .distinct()
            .withColumn("open", lit(0));
    return keys.join(found, "key", "left").withColumn("open", coalesce(col("open"), lit(1)));
  }

  private Dataset<Row> persist(Dataset<Row> keys) {
    Dataset<Row> kept = keys.persist(StorageLevel.DISK_ONLY());
    persisted.add(kept);
    return kept;
  }

  /**
   * The partitions, in their order; those with more rows than a chunk is to have, in parts.
   *
   * @param chunkRows rows that a part should not have more of; chance makes it some more, and rows
   *     that are alike in every column are never parted
   */
  List<Unit> units(long chunkRows) {
    List<Unit> units = new ArrayList<>();
    List<Row> divided = new ArrayList<>();
    for (Row row : rows.groupBy("partition").agg(count(lit(1)), sum("open")).collectAsList()) {
      long buckets = (row.getLong(1) + chunkRows - 1) / chunkRows;
      if (buckets == 1) {
        units.add(new Unit(row.getInt(0), 0, 1, row.getLong(1), row.getLong(2)));
      } else {
        divided.add(RowFactory.create(row.getInt(0), 0, Math.toIntExact(buckets)));
      }
    }
    if (!divided.isEmpty()) {
      units.addAll(partsOf(divided));
    }
    units.sort(Comparator.comparingInt(Unit::partition).thenComparingInt(Unit::bucket));
    return units;
  }

  private List<Unit> partsOf(List<Row> divided) {
    return rows
        .join(broadcast(spark.createDataFrame(divided, UNITS).drop("bucket")), "partition")
        .groupBy(col("partition"), BUCKET.as("bucket"), col("buckets"))
        .agg(count(lit(1)), sum("open"))
        .collectAsList()
        .stream()
        .map(
            row ->
                new Unit(
                    row.getInt(0), row.getInt(1), row.getInt(2), row.getLong(3), row.getLong(4)))
        .toList();
  }

  /** What the tasks of a chunk have to know. */
  ChunkSelection selection(Chunk chunk) {
    List<Unit> partial = chunk.units().stream().filter(Unit::partial).toList();
    return new ChunkSelection(
        parts(chunk.units()),
        partial.isEmpty() ? Set.of() : openKeys(partial),
        hasTwins ? firstNumbers(chunk.units()) : Map.of());
  }

  private static Map<Integer, Parts> parts(List<Unit> units) {
    Map<Integer, Parts> parts = new HashMap<>();
    for (Unit unit : units) {
      Parts own =
          parts.computeIfAbsent(
              unit.partition(),
              unused -> new Parts(unit.buckets(), new HashSet<>(), new HashSet<>()));
      (unit.partial() ? own.partial() : own.whole()).add(unit.bucket());
    }
    return parts;
  }

  /** Of each unit as many as it has open: a limit may have taken some from the last. */
  private Set<String> openKeys(List<Unit> units) {
    Map<List<Integer>, Long> wanted = new HashMap<>();
    units.forEach(unit -> wanted.put(List.of(unit.partition(), unit.bucket()), unit.open()));
    Set<String> keys = new HashSet<>();
    for (Row row :
        of(units)
            .where("open = 1")
            .select("partition", "bucket", "key")
            .orderBy("key")
            .collectAsList()) {
      List<Integer> unit = List.of(row.getInt(0), row.getInt(1));
      long left = wanted.get(unit);
      if (left > 0) {
        wanted.put(unit, left - 1);
        keys.add(row.getString(2));
      }
    }
    return keys;
  }

  private Map<Twins, Integer> firstNumbers(List<Unit> units) {
    Map<Twins, Integer> numbers = new HashMap<>();
    for (Row row :
        of(units)
            .where("copies > 1")
            .groupBy("partition", "hash")
            .agg(min("number"))
            .collectAsList()) {
      numbers.put(new Twins(row.getInt(0), row.getString(1)), row.getInt(2));
    }
    return numbers;
  }

  /** The rows of the index that are about some units. */
  private Dataset<Row> of(Collection<Unit> units) {
    List<Row> table =
        units.stream()
            .map(unit -> RowFactory.create(unit.partition(), unit.bucket(), unit.buckets()))
            .toList();
    return rows.join(broadcast(spark.createDataFrame(table, UNITS)), "partition")
        .where(BUCKET.equalTo(col("bucket")));
  }

  @Override
  public void close() {
    persisted.forEach(Dataset::unpersist);
  }
}
