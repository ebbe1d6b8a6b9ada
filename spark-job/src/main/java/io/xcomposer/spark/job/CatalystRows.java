package io.xcomposer.spark.job;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.types.StructType;

/** Tables of rows that are in Catalyst's form already. */
final class CatalystRows {
  private CatalystRows() {}

  /** The rows as a table; each of them may be good until the next one only. */
  @SuppressWarnings("unchecked") // what the method gives is a Dataset<Row> in every Spark
  static Dataset<Row> table(SparkSession spark, RDD<InternalRow> rows, StructType schema) {
    try {
      // By name: the class that has it is SparkSession in Spark 3.5, and one below it in Spark 4.
      Method method =
          spark
              .getClass()
              .getMethod("internalCreateDataFrame", RDD.class, StructType.class, boolean.class);
      return (Dataset<Row>) method.invoke(spark, rows, schema, false);
    } catch (InvocationTargetException e) {
      throw new IllegalStateException("Spark makes no table of the rows of a chunk", e.getCause());
    } catch (ReflectiveOperationException e) {
      throw new IllegalStateException("this Spark cannot make tables of Catalyst's rows", e);
    }
  }
}
