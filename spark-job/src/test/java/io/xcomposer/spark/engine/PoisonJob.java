package io.xcomposer.spark.engine;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Request;
import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.rows.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Iterator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.apache.spark.SparkConf;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.JavaSparkContext;

/**
 * A job with a row that ends every process that tries it, on executors that are processes of their
 * own. Writes a line a row, {@code key outcome}, and one a report.
 */
public final class PoisonJob {
  private static final String POISON = "row-7";
  private static final int ROWS = 24;
  private static final int PARTITIONS = 4;
  private static final int LOOK_AHEAD = 3;

  private PoisonJob() {}

  /** Arguments: the folder of the quarantine and the file to write. */
  public static void main(String[] args) throws IOException {
    EngineReports reports = new EngineReports();
    SparkConf conf =
        new SparkConf()
            .setMaster("local-cluster[2,2,1024]")
            .setAppName("poison")
            .set("spark.ui.enabled", "false")
            .set("spark.driver.host", "127.0.0.1")
            .set("spark.driver.bindAddress", "127.0.0.1")
            .set("spark.executor.memory", "512m")
            .set("spark.plugins", "io.xcomposer.spark.plugin.XComposerPlugin")
            .set("spark.executor.extraClassPath", System.getProperty("java.class.path"));
    Map<String, String> settings =
        Map.of(
            "spark.xcomposer.preload",
            "true",
            "spark.xcomposer.model",
            "model",
            "spark.xcomposer.quarantine.dir",
            args[0],
            "spark.xcomposer.engineOpener",
            MortalOpener.class.getName());
    settings.forEach(conf::set);
    try (JavaSparkContext spark = new JavaSparkContext(conf)) {
      spark.sc().register(reports);
      EngineChoice choice = EngineChoice.of(XComposerConf.read(settings));
      choice.check();
      choice.checkQuarantine(spark.hadoopConfiguration());
      EnginePlan plan = choice.plan(spark.hadoopConfiguration(), reports);
      List<String> keys = IntStream.range(0, ROWS).mapToObj(i -> "row-" + i).toList();
      List<String> lines =
          new ArrayList<>(
              spark
                  .parallelize(keys, PARTITIONS)
                  .mapPartitions(rows -> answers(plan, rows))
                  .collect());
      reports.value().forEach(report -> lines.add("report " + report));
      Files.write(Path.of(args[1]), lines);
    }
  }

  private static Iterator<String> answers(EnginePlan plan, Iterator<String> rows) {
    TaskEngine task = TaskEngine.open(plan, TaskContext.get());
    List<String> keys = new ArrayList<>();
    List<CompletableFuture<Outcome>> outcomes = new ArrayList<>();
    List<String> lines = new ArrayList<>();
    while (rows.hasNext() || lines.size() < keys.size()) {
      while (rows.hasNext() && keys.size() - lines.size() < LOOK_AHEAD) {
        String key = rows.next();
        keys.add(key);
        outcomes.add(task.submit(() -> key, List.of(ManualEngine.request(key))).get(0));
      }
      int next = lines.size();
      lines.add(keys.get(next) + " " + describe(outcomes.get(next).join()));
    }
    return lines.iterator();
  }

  private static String describe(Outcome outcome) {
    return outcome instanceof Outcome.Answered answered
        ? answered.answer().text()
        : ((Outcome.Failed) outcome).error().kind();
  }

  /** Opens what is given to each executor. */
  public static final class MortalOpener extends AnyCheckpointOpener {
    private static final long serialVersionUID = 1L;

    @Override
    public Engine open(Path checkpoint, EngineOptions options) {
      return new MortalEngine();
    }
  }

  /** Takes a moment for each answer, and goes down with the poison. */
  private static final class MortalEngine implements Engine {
    @Override
    public CompletableFuture<Answer> submit(Request request, Consumer<String> onText) {
      return CompletableFuture.supplyAsync(
          () -> {
            if (request.query().equals(POISON)) {
              Runtime.getRuntime().halt(99);
            }
            return ManualEngine.answerOf(request.query());
          },
          CompletableFuture.delayedExecutor(200, TimeUnit.MILLISECONDS));
    }

    @Override
    public void close() {}
  }
}
