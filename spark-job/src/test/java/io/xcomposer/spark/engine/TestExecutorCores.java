package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;

import org.apache.spark.SparkConf;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

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

    assertThat(ExecutorCores.of(conf, "org.apache.spark.deploy.SparkSubmit --master x", 8))
        .isEqualTo(cores);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "org.apache.spark.executor.CoarseGrainedExecutorBackend --driver-url spark://c@h:1"
            + " --executor-id 0 --hostname h --cores 3 --app-id app-1 --worker-url spark://w@h:2",
        "org.apache.spark.executor.YarnCoarseGrainedExecutorBackend --executor-id 1 --cores 3",
        "org.apache.spark.scheduler.cluster.k8s.KubernetesExecutorBackend --cores 3 --app-id a"
      })
  void theCommandOfTheExecutorKnowsBest(String command) {
    SparkConf conf = new SparkConf(false).set("spark.master", "spark://localhost:7077");

    assertThat(ExecutorCores.of(conf, command, 8)).isEqualTo(3);
  }
}
