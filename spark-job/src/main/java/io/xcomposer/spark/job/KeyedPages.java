package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import java.io.Serializable;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.api.java.JavaRDD;
import org.apache.spark.broadcast.Broadcast;
import org.apache.spark.rdd.PartitionPruningRDD;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Offset;
import org.apache.spark.sql.catalyst.plans.logical.Sample;
import org.apache.spark.sql.catalyst.plans.logical.Tail;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.exchange.Exchange;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import scala.jdk.javaapi.CollectionConverters;
import scala.runtime.AbstractFunction1;

/**
 * The rows of the input with their keys, as partitions that stay the same for the whole job: a
 * chunk reads those that it needs, and no other.
 */
final class KeyedPages {
  private final SparkSession spark;
  private final Dataset<Row> pages;
  private final RowKeys keys;
  private final Dataset<Row> keyed;
  private final JavaRDD<InternalRow> rows;
  private final boolean narrow;

  /**
   * Plans the reading of a table; reads nothing.
   *
   * @param pages only the columns that are needed
   * @throws io.xcomposer.model.XComposerException when the table is another one each time that it
   *     is read
   */
  KeyedPages(Dataset<Row> pages, RowKeys keys) {
    if (!pages.queryExecution().analyzed().deterministic()) {
      throw Errors.input(
          "the input is another one each time that it is read, because --where or a view calls a"
              + " function such as rand()",
          "write the rows to a table first, and give that");
    }
    if (takesSomeRows(pages.queryExecution().analyzed())) {
      throw Errors.input(
          "the input may have other rows each time that it is read, because a view has a LIMIT,"
              + " OFFSET or TABLESAMPLE",
          "write the rows to a table first, and give that; for the first N rows give --limit N");
    }
    spark = pages.sparkSession();
    this.pages = pages;
    this.keys = keys;
    keyed = pages.withColumn(RowKeys.KEY, keys.key());
    rows = keyed.queryExecution().toRdd().toJavaRDD();
    narrow = isNarrow(keyed.queryExecution().executedPlan());
  }

  boolean keysAreGiven() {
    return keys.given();
  }

  int partitions() {
    return rows.getNumPartitions();
  }

  /** Input columns and the final key. */
  StructType schema() {
    return pages.schema().add(RowKeys.KEY, DataTypes.StringType, false);
  }

  /**
   * Key of every row, in the same partitions as the rows. Where the plan of the table allows, no
   * other column is read; where it has joins or groups, reading less could make other partitions.
   */
  JavaRDD<Row> keyRows() {
    if (narrow) {
      JavaRDD<Row> pruned = keyed.select(RowKeys.KEY).toJavaRDD();
      if (pruned.getNumPartitions() == partitions()) {
        return pruned;
      }
    }
    int keyAt = keyed.columns().length - 1;
    return rows.map(
        row -> RowFactory.create(row.isNullAt(keyAt) ? null : row.getUTF8String(keyAt).toString()));
  }

  /** Rows of each partition. */
  List<Long> counts() {
    JavaRDD<InternalRow> counted = rows;
    if (narrow) {
      JavaRDD<InternalRow> bare = pages.select(new Column[0]).queryExecution().toRdd().toJavaRDD();
      counted = bare.getNumPartitions() == partitions() ? bare : rows;
    }
    return counted
        .mapPartitionsWithIndex(
            (partition, all) -> {
              long count = 0;
              for (; all.hasNext(); all.next()) {
                count++;
              }
              return List.of(count).iterator();
            },
            true)
        .collect();
  }

  /**
   * The rows of a chunk with their final keys. They stay in Catalyst's form, because each other one
   * is a copy of the image more.
   *
   * @param slices how many tasks read each partition, each for a share of its rows
   */
  Dataset<Row> rowsOf(Chunk chunk, Broadcast<ChunkSelection> selection, int slices) {
    JavaRDD<InternalRow> all = null;
    for (int slice = 0; slice < slices; slice++) {
      JavaRDD<InternalRow> share =
          only(
              rows.mapPartitionsWithIndex(new ChunkRows(schema(), selection, slice, slices), false),
              chunk.partitions());
      all = all == null ? share : all.union(share);
    }
    return CatalystRows.table(spark, all.rdd(), schema());
  }

  /** Some partitions; the others are not touched. */
  static <T> JavaRDD<T> only(JavaRDD<T> rows, Set<Integer> partitions) {
    return JavaRDD.fromRDD(
        PartitionPruningRDD.create(rows.rdd(), new Among(partitions)), rows.classTag());
  }

  /** The job's own limit is in no plan. */
  private static boolean takesSomeRows(LogicalPlan plan) {
    return plan instanceof GlobalLimit
        || plan instanceof LocalLimit
        || plan instanceof Offset
        || plan instanceof Tail
        || plan instanceof Sample
        || Stream.of(plan.children(), plan.subqueries())
            .flatMap(plans -> CollectionConverters.asJava(plans).stream())
            .anyMatch(KeyedPages::takesSomeRows);
  }

  private static boolean isNarrow(SparkPlan plan) {
    return !(plan instanceof Exchange)
        && CollectionConverters.asJava(plan.children()).stream().allMatch(KeyedPages::isNarrow);
  }

  /** A Scala function, because that is what Spark takes here. */
  private static final class Among extends AbstractFunction1<Object, Object>
      implements Serializable {
    private static final long serialVersionUID = 1L;
    private final Set<Integer> partitions;

    Among(Set<Integer> partitions) {
      this.partitions = partitions;
    }

    @Override
    public Object apply(Object partition) {
      return partitions.contains((Integer) partition);
    }
  }
}
