package io.xcomposer.spark.job;

import java.util.HashMap;
import java.util.Map;
import org.apache.spark.sql.SparkSession;
import scala.jdk.javaapi.CollectionConverters;

/** Settings of a session that a job depends on, until closed; then those before it again. */
final class SessionSettings implements AutoCloseable {
  private static final int SHUFFLES_PER_SLOT = 4;
  private static final int MOST_SHUFFLES = 200;

  private final SparkSession spark;
  private final Map<String, String> given;
  private final Map<String, String> before = new HashMap<>();

  /** Sets them. */
  SessionSettings(SparkSession spark) {
    this.spark = spark;
    given = Map.copyOf(CollectionConverters.asJava(spark.conf().getAll()));
    int slots = spark.sparkContext().defaultParallelism();
    // Reading fewer columns of a table must not change its partitions.
    set("spark.sql.adaptive.enabled", "false");
    // Nor must executors that come while the job runs.
    setUnlessGiven("spark.sql.files.minPartitionNum", slots);
    // Only keys are shuffled. Without adaptive plans it would always be 200 tasks.
    setUnlessGiven(
        "spark.sql.shuffle.partitions", Math.min(MOST_SHUFFLES, SHUFFLES_PER_SLOT * slots));
    // A few keys out of all of them: in one job, not in one for each try.
    setUnlessGiven("spark.sql.limit.initialNumPartitions", MOST_SHUFFLES);
    // The vectorized readers hold a batch of 4096 rows: as many images in memory.
    set("spark.sql.parquet.enableVectorizedReader", "false");
    set("spark.sql.orc.enableVectorizedReader", "false");
    // The writer looks at its size every 100 rows: as many images in one page of the file.
    setUnlessGiven("parquet.page.size.row.check.min", 1);
    // Algorithm 2 lets readers see files of tasks of a job that has failed.
    set("mapreduce.fileoutputcommitter.algorithm.version", "1");
    // A chunk is not the whole output.
    set("mapreduce.fileoutputcommitter.marksuccessfuljobs", "false");
  }

  private void setUnlessGiven(String key, int value) {
    if (!given.containsKey(key)) {
      set(key, Integer.toString(value));
    }
  }

  private void set(String key, String value) {
    before.put(key, given.get(key));
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
