package io.xcomposer.spark.cli;

import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.sql.XComposerExtensions;
import java.nio.file.Path;
import java.util.Set;
import org.apache.spark.SparkConf;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.internal.StaticSQLConf;
import scala.Function0;
import scala.runtime.AbstractFunction0;
import scala.runtime.BoxedUnit;

/** A Spark session with our functions that prints what statements give. */
final class SqlSession implements AutoCloseable {
  /** Columns of texts with line breaks: of EXPLAIN, DESCRIBE FUNCTION and SHOW CREATE TABLE. */
  private static final Set<String> PROSE = Set.of("plan", "function_desc", "createtab_stmt");

  private final Console console;
  private final SparkSession spark;
  private final int rows;

  private SqlSession(Console console, SparkSession spark, int rows) {
    this.console = console;
    this.spark = spark;
    this.rows = rows;
  }

  /**
   * Starts Spark.
   *
   * @param model folder of the checkpoint; null leaves it to the session's configuration
   * @param rows most rows of a result to print
   */
  static SqlSession open(Console console, Path model, int rows) {
    String key = StaticSQLConf.SPARK_SESSION_EXTENSIONS().key();
    String others = new SparkConf().get(key, "");
    String own = XComposerExtensions.class.getName();
    SparkSession.Builder builder =
        SparkSession.builder()
            .appName("xcomposer sql")
            // The vectorized readers hold a batch of 4096 rows: as many images in memory.
            .config("spark.sql.parquet.enableVectorizedReader", false)
            .config("spark.sql.orc.enableVectorizedReader", false)
            .config(key, others.contains(own) || others.isEmpty() ? own : others + "," + own);
    if (model != null) {
      builder.config(ConfKeys.MODEL.key(), model.toString());
    }
    return new SqlSession(console, builder.getOrCreate(), rows);
  }

  /** Runs a statement and prints its result as a table. */
  void run(String statement) {
    Dataset<Row> result = spark.sql(statement);
    if (result.schema().isEmpty()) {
      return;
    }
    if (PROSE.contains(result.columns()[0])) {
      result.takeAsList(rows).forEach(row -> console.out().println(row.getString(0)));
      return;
    }
    Function0<BoxedUnit> show =
        new AbstractFunction0<>() {
          @Override
          public BoxedUnit apply() {
            result.show(rows, false);
            return BoxedUnit.UNIT;
          }
        };
    // Spark prints to Scala's console, which has the locale's character set.
    BoxedUnit unused = scala.Console.withOut(console.out(), show);
  }

  /**
   * As {@link #run}, with an error told instead of thrown.
   *
   * @return whether it went well
   */
  boolean attempt(String statement) {
    try {
      run(statement);
      return true;
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      console.err().println(e.getMessage());
      return false;
    }
  }

  @Override
  public void close() {
    spark.close();
  }
}
