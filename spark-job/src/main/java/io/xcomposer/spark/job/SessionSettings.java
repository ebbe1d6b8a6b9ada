package io.xcomposer.spark.job;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;

/** Settings of a session that a job depends on, until closed; then those before it again. */
final class SessionSettings implements AutoCloseable {
  private static final String MIN_PARTITIONS = "spark.sql.files.minPartitionNum";

  private final SparkSession spark;
  private final Map<String, String> before = new HashMap<>();

  /** Sets them. */
  SessionSettings(SparkSession spark) {
    this.spark = spark;
    // Reading fewer columns of a table must not change its partitions.
    set("spark.sql.adaptive.enabled", "false");
    // Nor must executors that come while the job runs.
    if (spark.conf().getOption(MIN_PARTITIONS).isEmpty()) {
      set(MIN_PARTITIONS, Integer.toString(spark.sparkContext().defaultParallelism()));
    }
    // The vectorized readers hold a batch of 4096 rows: as many images in memory.
    set("spark.sql.parquet.enableVectorizedReader", "false");
    set("spark.sql.orc.enableVectorizedReader", "false");
    // Algorithm 2 lets readers see files of tasks of a job that has failed.
    set("mapreduce.fileoutputcommitter.algorithm.version", "1");
    // A chunk is not the whole output.
    set("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");
  }

  private void set(String key, String value) {
    var old = spark.conf().getOption(key);
    before.put(key, old.isDefined() ? old.get() : null);
    spark.conf().set(key, value);
  }

  @Override
  public void close() {
    before.forEach(
        (key, value) -> {
          if (value == null) {
            spark.conf().unset(key);
          } else {
            spark.conf().set(key, value);
          }
        });
  }
}
