package io.xcomposer.spark.cluster;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcomposer.spark.LocalSpark;
import io.xcomposer.spark.cli.Launcher;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.jar.JarEntry;
import java.util.jar.JarOutputStream;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * The job of the quick start on a Master and two Workers, each with one GPU of its own number. The
 * GPUs are made up, so the model is told to run on the CPU. What goes wrong in a cluster goes wrong
 * here; whatever happens, the output has each row once, with the published answer.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class ClusterIT {
  private static final Duration PATIENCE = Duration.ofMinutes(10);
  private static final Pattern ASSIGNED =
      Pattern.compile("gpu -> \\[name: gpu, addresses: (?:ArraySeq\\()?(\\d+)");

  private static final Path TEST_CLASSES = Launcher.ROOT.resolve("spark-job/target/test-classes");

  /** Copies of the demo's 35 rows, of which 4 are broken. */
  private static final int COPIES = 3;

  private static final int ROWS = 35 * COPIES;
  private static final int BROKEN = 4 * COPIES;

  private StandaloneCluster cluster;
  private Path folder;
  private String input;

  @BeforeAll
  void startTheCluster(@TempDir Path temporary) throws IOException, InterruptedException {
    folder = temporary;
    input = folder.resolve("pages").toString();
    SparkSession spark = LocalSpark.session();
    spark
        .read()
        .parquet(Launcher.ROOT.resolve("demo/pages.parquet").toString())
        .crossJoin(spark.range(COPIES).toDF("copy"))
        .withColumn("id", functions.concat_ws("-", functions.col("name"), functions.col("copy")))
        .repartition(10)
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

  @Test
  void twoExecutorsWithAGpuAndAModelEachAnswerAsOneMachineDoes() throws Exception {
    Path summary = folder.resolve("summary.json");

    submit("cluster", "--summary-json", summary.toString()).awaitSuccess();

    assertExact("cluster");
    JsonNode executors = new ObjectMapper().readTree(summary.toFile()).get("executors");
    assertThat(executors).hasSize(2);
    Set<String> addresses = new HashSet<>();
    for (JsonNode executor : executors) {
      addresses.add(executor.get("assigned_address").asText());
      assertThat(executor.get("model_loads").asInt()).as(executor.toString()).isEqualTo(1);
      assertThat(executor.get("rows").asInt()).as(executor.toString()).isPositive();
    }
    assertThat(addresses).containsExactlyInAnyOrder("3", "5");
    assertThat(cluster.executorLogs())
        .filteredOn(log -> log.contains("Finished task"))
        .extracting(ClusterIT::gpuThatSparkAssigned)
        .contains("3", "5")
        .isSubsetOf("3", "5");

    List<String> local = new ArrayList<>(List.of("run", "--master", "local[2]"));
    local.addAll(job("one-machine"));
    Launcher.Outcome alone = Launcher.inFolder(folder).run(local.toArray(String[]::new));
    assertThat(alone.code()).as(alone.err()).isZero();
    assertThat(answers("cluster")).containsExactlyInAnyOrderElementsOf(answers("one-machine"));
  }

  private static String gpuThatSparkAssigned(String log) {
    return ASSIGNED
        .matcher(log)
        .results()
        .map(result -> result.group(1))
        .findFirst()
        .orElse("none in\n" + log);
  }

  @Test
  void anExecutorThatIsKilledInMidJobCostsNoRow() throws Exception {
    Running job = submit("killed");
    List<ExecutorProcess> executors = cluster.awaitExecutors(2);
    await(job, () -> finishedTasks() > 0);

    cluster.kill9(executors.get(0));

    job.awaitSuccess();
    assertExact("killed");
  }

  @Test
  void aDeviceThatFailsOnceCostsNoRow() throws Exception {
    submit("device", fault("device")).awaitSuccess();

    assertThat(folder.resolve("faults/device")).exists();
    assertThat(cluster.logs()).contains("injected: the device fell off the bus");
    assertExact("device");
  }

  @Test
  void speculativeAttemptsDoubleNoRow() throws Exception {
    Path events = Files.createDirectories(folder.resolve("events"));
    List<String> args = new ArrayList<>(List.of(fault("slow")));
    for (String setting :
        List.of(
            "spark.speculation=true",
            "spark.speculation.interval=200ms",
            "spark.speculation.multiplier=1.2",
            "spark.speculation.quantile=0.2",
            "spark.speculation.minTaskRuntime=1s",
            "spark.eventLog.enabled=true",
            "spark.eventLog.compress=false",
            "spark.eventLog.dir=file:" + events)) {
      args.addAll(List.of("--conf", setting));
    }

    submit("speculation", args.toArray(String[]::new)).awaitSuccess();

    assertThat(contents(events)).contains("\"Speculative\":true");
    assertExact("speculation");
  }

  @Test
  void aKilledDriverIsResumedWithoutDoublingOrLosingARow() throws Exception {
    String[] chunks = {"--chunk-rows", "20"};
    Running killed = submit("resumed", chunks);
    await(killed, () -> parquetFiles("resumed").size() >= 2);
    killed.submission().kill9();
    List<Path> before = parquetFiles("resumed");

    Path summary = folder.resolve("resumed.json");
    submit("resumed", "--resume", "--chunk-rows", "20", "--summary-json", summary.toString())
        .awaitSuccess();

    assertExact("resumed");
    assertThat(parquetFiles("resumed")).containsAll(before);
    JsonNode done = new ObjectMapper().readTree(summary.toFile());
    assertThat(done.get("rows_before").asInt()).isPositive();
    assertThat(done.get("rows_before").asInt() + done.get("rows").asInt()).isEqualTo(ROWS);
  }

  private record Running(Submission submission, StandaloneCluster cluster) {
    void awaitSuccess() throws InterruptedException {
      Launcher.Outcome outcome = submission.await(PATIENCE);
      assertThat(outcome.code()).as(cluster::logs).isZero();
    }
  }

  private Running submit(String output, String... more) throws IOException {
    List<String> args =
        new ArrayList<>(List.of("--executor-memory", "640m", "--executor-cores", "2"));
    for (String setting :
        List.of(
            "spark.cores.max=4",
            "spark.executor.resource.gpu.amount=1",
            "spark.task.resource.gpu.amount=0.5",
            "spark.locality.wait=0s",
            "spark.sql.files.openCostInBytes=64m",
            "spark.scheduler.minRegisteredResourcesRatio=1.0",
            "spark.scheduler.maxRegisteredResourcesWaitingTime=180s")) {
      args.addAll(List.of("--conf", setting));
    }
    args.addAll(job(output));
    args.addAll(List.of(more));
    return new Running(cluster.submit(args), cluster);
  }

  private List<String> job(String output) {
    List<String> args = new ArrayList<>(List.of("--driver-memory", "1g"));
    args.addAll(List.of("--model", Launcher.ROOT.resolve("golden/checkpoint").toString()));
    args.addAll(List.of("--device", "cpu", "--input", input, "--question-column", "question"));
    args.addAll(List.of("--key", "id", "--hd-num", "4", "--repetition-penalty", "1.0"));
    args.addAll(List.of("--max-new-tokens", "32"));
    args.addAll(List.of("--output", folder.resolve(output).toString()));
    return args;
  }

  private String[] fault(String name) throws IOException {
    Path faults = Files.createDirectories(folder.resolve("faults"));
    List<String> args = new ArrayList<>(List.of("--jars", jarOfFaults().toString()));
    for (String setting :
        List.of(
            "spark.xcomposer.engineOpener=" + FaultyOpener.class.getName(),
            "spark.executorEnv.FAULT=" + name,
            "spark.executorEnv.FAULT_FOLDER=" + faults)) {
      args.addAll(List.of("--conf", setting));
    }
    return args.toArray(String[]::new);
  }

  /** With the job's jar in one class loader, which a folder on the class path would not be. */
  private Path jarOfFaults() throws IOException {
    Path jar = folder.resolve("faults.jar");
    Path classes = TEST_CLASSES.resolve("io/xcomposer/spark/cluster");
    try (JarOutputStream out = new JarOutputStream(Files.newOutputStream(jar));
        DirectoryStream<Path> files = Files.newDirectoryStream(classes, "FaultyOpener*.class")) {
      for (Path file : files) {
        out.putNextEntry(new JarEntry(TEST_CLASSES.relativize(file).toString()));
        Files.copy(file, out);
      }
    }
    return jar;
  }

  private static void await(Running job, BooleanSupplier reached) throws InterruptedException {
    while (!reached.getAsBoolean()) {
      assertThat(job.submission().isRunning()).as(job.cluster()::logs).isTrue();
      Thread.sleep(100);
    }
  }

  /** Of the applications that run now: their executors' logs are the newest. */
  private long finishedTasks() {
    Set<String> running = new HashSet<>();
    cluster.executors().forEach(executor -> running.add(executor.applicationId()));
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.endsWith("stderr"))
          .filter(file -> running.stream().anyMatch(file.toString()::contains))
          .filter(file -> contents(file).contains("Finished task"))
          .count();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  private void assertExact(String output) {
    List<Row> rows = answers(output);
    assertThat(rows).extracting(row -> row.getAs("id")).doesNotHaveDuplicates().hasSize(ROWS);
    assertThat(rows.stream().filter(row -> row.getAs("error") != null)).hasSize(BROKEN);
    assertThat(rows)
        .filteredOn(row -> row.getAs("error") == null)
        .allSatisfy(
            row -> assertThat(row.<String>getAs("answer")).isEqualTo(row.getAs("expected")));
  }

  private List<Row> answers(String output) {
    return LocalSpark.session().read().parquet(folder.resolve(output).toString()).collectAsList();
  }

  private List<Path> parquetFiles(String output) {
    File[] files =
        folder.resolve(output).toFile().listFiles((in, name) -> name.endsWith(".parquet"));
    return files == null ? List.of() : Stream.of(files).map(File::toPath).sorted().toList();
  }

  private static String contents(Path path) {
    try (Stream<Path> files = Files.walk(path)) {
      StringBuilder all = new StringBuilder();
      for (Path file : files.filter(Files::isRegularFile).toList()) {
        all.append(Files.readString(file));
      }
      return all.toString();
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }
}
