package io.xcomposer.spark.cluster;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcomposer.spark.cli.Launcher;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * Spark's own cluster on this machine: a Master and Workers from the jars of the build, as
 * processes on the loopback with ports that are free. Each Worker has an address of its own,
 * because Spark runs no speculative attempt on the host of the first one. GPUs are addresses that
 * each worker's discovery script prints. All processes are gone after {@link #close}, executors and
 * drivers too.
 *
 * <p>Memory: 256 MB for the Master and each Worker, and what submissions ask for.
 */
public final class StandaloneCluster implements AutoCloseable {
  private static final Path SPARK_HOME =
      Launcher.ROOT.resolve("spark-job/spark-home/target/spark-home");

  /**
   * Many processes on few cores that live for seconds: optimizing their code costs more than it.
   */
  private static final String SHORT_LIVED = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC";

  private static final Pattern MASTER_URL =
      Pattern.compile("Starting Spark master at (spark://\\S+)");
  private static final Pattern PAGE_PORT =
      Pattern.compile("Bound MasterWebUI to .* started at http://\\S+:(\\d+)");

  private final Path folder;
  private final List<ClusterProcess> daemons = new ArrayList<>();
  private final List<ClusterProcess> workers = new ArrayList<>();
  private final List<Submission> submissions = new ArrayList<>();
  private final Thread atExit = new Thread(this::killAll, "standalone-cluster-end");
  private String masterUrl;

  private StandaloneCluster(Path folder) {
    this.folder = folder;
    Runtime.getRuntime().addShutdownHook(atExit);
  }

  /**
   * Starts a cluster and waits until all workers are registered.
   *
   * @param folder an empty one; configuration, logs and work of the cluster lie in it
   */
  public static StandaloneCluster start(Path folder, List<WorkerSpec> specs)
      throws IOException, InterruptedException {
    StandaloneCluster cluster = new StandaloneCluster(folder);
    try {
      Files.createDirectories(folder.resolve("conf"));
      ClusterProcess master = cluster.startMaster();
      cluster.masterUrl = master.awaitInLog(MASTER_URL);
      URI page = URI.create("http://127.0.0.1:" + master.awaitInLog(PAGE_PORT) + "/json/");
      HttpClient http = HttpClient.newHttpClient();
      for (int i = 0; i < specs.size(); i++) {
        cluster.startWorker("worker-" + i, specs.get(i));
      }
      master.await(
          specs.size() + " workers at " + page,
          () -> aliveWorkers(http, page) == specs.size() ? Optional.of(page) : Optional.empty());
      return cluster;
    } catch (IOException | InterruptedException | RuntimeException | AssertionError e) {
      String logs = cluster.logs();
      cluster.close();
      e.addSuppressed(new AssertionError(logs));
      throw e;
    }
  }

  private ClusterProcess startMaster() throws IOException {
    // Its port would be a fixed one.
    Path properties =
        Files.writeString(folder.resolve("master.conf"), "spark.master.rest.enabled false\n");
    return startDaemon(
        "master",
        List.of(
            "org.apache.spark.deploy.master.Master",
            "--host",
            "127.0.0.1",
            "--port",
            "0",
            "--webui-port",
            "0",
            "--properties-file",
            properties.toString()));
  }

  private void startWorker(String name, WorkerSpec spec) throws IOException {
    workers.add(
        startDaemon(
            name,
            List.of(
                "org.apache.spark.deploy.worker.Worker",
                "--host",
                "127.0.0." + (2 + workers.size()),
                "--port",
                "0",
                "--webui-port",
                "0",
                "--cores",
                "" + spec.cores(),
                "--memory",
                spec.memory(),
                "--work-dir",
                folder.resolve(name).toString(),
                "--properties-file",
                workerProperties(name, spec).toString(),
                masterUrl)));
  }

  private ClusterProcess startDaemon(String name, List<String> words) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(SPARK_HOME.resolve("bin/spark-class").toString());
    command.addAll(words);
    Map<String, String> environment = new HashMap<>(environment());
    environment.put("SPARK_CONF_DIR", folder.resolve("conf").toString());
    environment.put("SPARK_DAEMON_MEMORY", "256m");
    ClusterProcess daemon = ClusterProcess.start(name, folder, command, environment);
    daemons.add(daemon);
    return daemon;
  }

  private Path workerProperties(String name, WorkerSpec spec) throws IOException {
    StringBuilder properties = new StringBuilder("spark.worker.cleanup.enabled false\n");
    if (!spec.gpus().isEmpty()) {
      properties.append("spark.worker.resource.gpu.amount ").append(spec.gpus().size());
      properties.append("\nspark.worker.resource.gpu.discoveryScript ");
      properties.append(discoveryScript(name, spec.gpus())).append('\n');
    }
    return Files.writeString(folder.resolve(name + ".conf"), properties);
  }

  private Path discoveryScript(String name, List<String> gpus) throws IOException {
    String addresses =
        gpus.stream().map(gpu -> '"' + gpu + '"').collect(Collectors.joining(",", "[", "]"));
    Path script =
        Files.writeString(
            folder.resolve(name + "-gpus.sh"),
            "#!/bin/sh\necho '{\"name\":\"gpu\",\"addresses\":" + addresses + "}'\n");
    if (!script.toFile().setExecutable(true)) {
      throw new IOException(script + " cannot be made executable");
    }
    return script;
  }

  private Map<String, String> environment() {
    return Map.of(
        "SPARK_LOCAL_IP",
        "127.0.0.1",
        "SPARK_LOCAL_DIRS",
        folder.resolve("local").toString(),
        "JAVA_TOOL_OPTIONS",
        SHORT_LIVED);
  }

  private static int aliveWorkers(HttpClient http, URI page) {
    try {
      HttpResponse<String> answer =
          http.send(
              HttpRequest.newBuilder(page).timeout(Duration.ofSeconds(20)).build(),
              HttpResponse.BodyHandlers.ofString());
      JsonNode state = new ObjectMapper().readTree(answer.body());
      return state.path("aliveworkers").asInt();
    } catch (IOException e) {
      // The page answers a little later than the log says.
      return 0;
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return 0;
    }
  }

  /** What applications give as {@code --master}. */
  public String masterUrl() {
    return masterUrl;
  }

  /**
   * Starts {@code bin/xcomposer run} on this cluster, in the cluster's folder.
   *
   * @param args of {@code run} and of spark-submit, without {@code --master}
   */
  public Submission submit(List<String> args) throws IOException {
    List<String> command = new ArrayList<>();
    command.add(Launcher.ROOT.resolve("bin/xcomposer").toString());
    command.addAll(List.of("run", "--master", masterUrl));
    command.addAll(args);
    Map<String, String> environment = new HashMap<>(environment());
    environment.put("XCOMPOSER_BUILD", "never");
    Submission submission =
        new Submission(
            ClusterProcess.start("driver-" + submissions.size(), folder, command, environment),
            this);
    submissions.add(submission);
    return submission;
  }

  /** The executors that run now, of all applications. */
  public List<ExecutorProcess> executors() {
    List<ExecutorProcess> all = new ArrayList<>();
    for (ClusterProcess worker : workers) {
      try (Stream<ProcessHandle> children = worker.process().children()) {
        children.map(ExecutorProcess::of).flatMap(Optional::stream).forEach(all::add);
      }
    }
    return all;
  }

  /** The executors that run, as soon as they are {@code count}. */
  public List<ExecutorProcess> awaitExecutors(int count) throws InterruptedException {
    return workers
        .get(0)
        .await(
            count + " executors",
            () -> Optional.of(executors()).filter(running -> running.size() == count));
  }

  /** Takes an executor away as {@code kill -9} does, and waits until it is gone. */
  public void kill9(ExecutorProcess executor) {
    executor.process().destroyForcibly();
    executor.process().onExit().join();
  }

  /** What each executor, ended ones too, has written to its standard error: log and errors. */
  public List<String> executorLogs() {
    try (Stream<Path> files = Files.walk(folder)) {
      return files
          .filter(file -> file.getFileName().toString().equals("stderr"))
          .sorted()
          .map(StandaloneCluster::read)
          .toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** All that Master, Workers, drivers and executors have said. */
  public String logs() {
    List<String> all = new ArrayList<>();
    daemons.forEach(daemon -> all.add(daemon.describe()));
    submissions.forEach(submission -> all.add(submission.describe()));
    all.addAll(executorLogs());
    return String.join("\n----\n", all);
  }

  @Override
  public void close() {
    killAll();
    Runtime.getRuntime().removeShutdownHook(atExit);
  }

  private void killAll() {
    submissions.forEach(Submission::close);
    daemons.forEach(ClusterProcess::close);
  }

  private static String read(Path file) {
    try {
      return Files.readString(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
