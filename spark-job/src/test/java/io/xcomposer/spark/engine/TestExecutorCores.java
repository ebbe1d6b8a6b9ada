package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestExecutorCores {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "local                |   | 1",
        "local[3]             |   | 3",
        "local[3,2]           |   | 3",
        "local[*]             |   | 8",
        "local[*,4]           |   | 8",
        "local[3]             | 5 | 3",
        "spark://localhost:7077 | 5 | 5",
        "spark://localhost:7077 |   | 8",
        "yarn                 | 4 | 4",
        "yarn                 |   | 1",
        "k8s://https://host:1 |   | 1",
        "k8s://https://host:1 | 6 | 6",
        "local-cluster[2,3,1024] |   | 3",
        "local-cluster[2, 3, 1024] |   | 3",
      })
  void coresAreThoseThatSparkGave(String master, Integer configured, int cores) {
    SparkConf conf = new SparkConf(false).set("spark.master", master);
    if (configured != null) {
      conf.set("spark.executor.cores", configured.toString());
    }

    assertThat(ExecutorCores.of(conf, 8)).isEqualTo(cores);
  }
}
