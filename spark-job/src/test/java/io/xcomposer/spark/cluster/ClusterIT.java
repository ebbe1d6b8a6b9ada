package io.xcomposer.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.LocalSpark;
import io.xcomposer.spark.cli.Launcher;
import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.regex.Pattern;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job of the quick start on a Master and two Workers, each with one GPU of its own number. The
 * GPUs are made up, so the model is told to run on the CPU.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterIT {
  private static final Duration PATIENCE = Duration.ofMinutes(10);

  private static final Pattern ASSIGNED =
      Pattern.compile("gpu -> \\[name: gpu, addresses: (?:ArraySeq\\()?(\\d+)");

  private StandaloneCluster cluster;
  private Path folder;
  private String input;

  @BeforeAll
  void startTheCluster(@TempDir Path temporary) throws IOException, InterruptedException {
    folder = temporary;
    input = folder.resolve("pages").toString();
    LocalSpark.session()
        .read()
        .parquet(Launcher.ROOT.resolve("demo/pages.parquet").toString())
        .repartition(4)
        .write()
        .parquet(input);
    cluster =
        StandaloneCluster.start(
            folder,
            List.of(new WorkerSpec(2, "1g", List.of("3")), new WorkerSpec(2, "1g", List.of("5"))));
  }

  @AfterAll
  void stopTheCluster() {
    if (cluster != null) {
      cluster.close();
    }
  }

  private List<String> job(String output) {
    return List.of(
        "--driver-memory",
        "1g",
        "--model",
        Launcher.ROOT.resolve("golden/checkpoint").toString(),
        "--device",
        "cpu",
        "--input",
        input,
        "--question-column",
        "question",
        "--hd-num",
        "4",
        "--repetition-penalty",
        "1.0",
        "--max-new-tokens",
        "32",
        "--output",
        folder.resolve(output).toString());
  }

  /** Waits for both, so that each of them has work. */
  private List<String> onTwoExecutors(String output) {
    List<String> args =
        new ArrayList<>(
            List.of(
                "--executor-memory",
                "640m",
                "--executor-cores",
                "2",
                "--conf",
                "spark.cores.max=4",
                "--conf",
                "spark.executor.resource.gpu.amount=1",
                "--conf",
                "spark.task.resource.gpu.amount=0.5",
                "--conf",
                "spark.scheduler.minRegisteredResourcesRatio=1.0",
                "--conf",
                "spark.scheduler.maxRegisteredResourcesWaitingTime=180s"));
    args.addAll(job(output));
    return args;
  }

  private List<Row> answers(String output) {
    SparkSession spark = LocalSpark.session();
    return spark.read().parquet(folder.resolve(output).toString()).collectAsList();
  }

  @Test
  void twoExecutorsWithAGpuEachAnswerAsOneMachineDoes() throws IOException, InterruptedException {
    Launcher.Outcome outcome = cluster.submit(onTwoExecutors("of-the-cluster")).await(PATIENCE);

    assertThat(outcome.code()).as(cluster::logs).isZero();
    assertThat(outcome.err()).contains("Answered 31 of 35 rows (4 with an error)");
    assertThat(cluster.executorLogs())
        .hasSize(2)
        .allSatisfy(log -> assertThat(log).contains("Finished task"))
        .extracting(ClusterIT::assignedGpu)
        .containsExactlyInAnyOrder("3", "5");

    List<String> local = new ArrayList<>(List.of("run", "--master", "local[2]"));
    local.addAll(job("of-one-machine"));
    Launcher.Outcome alone = Launcher.inFolder(folder).run(local.toArray(String[]::new));
    assertThat(alone.code()).as(alone.err()).isZero();
    assertThat(answers("of-the-cluster"))
        .hasSize(35)
        .containsExactlyInAnyOrderElementsOf(answers("of-one-machine"));
  }

  private static String assignedGpu(String log) {
    return ASSIGNED
        .matcher(log)
        .results()
        .map(result -> result.group(1))
        .findFirst()
        .orElse("none in\n" + log);
  }
}
