package io.xcomposer.spark.job;

import io.xcomposer.spark.job.JobSummary.ExecutorShare;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.SparkContext;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How far a running job is. The counts of tasks that are still running come with the heartbeats of
 * their executors; what is counted here is for the eye, not for the summary.
 */
final class JobProgress extends SparkListener implements AutoCloseable {

  private record Counts(long rows, long errors, long tokens) {
    static final Counts NONE = new Counts(0, 0, 0);

    Counts plus(Counts other) {
      return new Counts(rows + other.rows, errors + other.errors, tokens + other.tokens);
    }
  }

  private final ProgressView view;
  private final long totalRows;
  private final long startNanos = System.nanoTime();
  private final Map<Long, Counts> countsOfTask = new ConcurrentHashMap<>();
  private final Map<String, ExecutorShare> executors = new ConcurrentHashMap<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "xcomposer-progress");
            thread.setDaemon(true);
            return thread;
          });

  private final SparkContext spark;

  /** Shows the progress of a Spark's tasks until closed; the view is the caller's. */
  JobProgress(SparkContext spark, ProgressView view, long totalRows) {
    this.spark = spark;
    this.view = view;
    this.totalRows = totalRows;
    spark.addSparkListener(this);
    long millis = view.interval().toMillis();
    var unused = clock.scheduleWithFixedDelay(this::show, millis, millis, TimeUnit.MILLISECONDS);
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> merge((Long) task._1(), CollectionConverters.asJava(task._4())));
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    long task = end.taskInfo().taskId();
    if (!end.taskInfo().successful()) {
      countsOfTask.remove(task);
      return;
    }
    Counts counts = merge(task, CollectionConverters.asJava(end.taskInfo().accumulables()));
    if (counts.rows() > 0) {
      String id = end.taskInfo().executorId();
      executors.merge(
          id,
          new ExecutorShare(id, end.taskInfo().host(), counts.rows()),
          (one, other) -> new ExecutorShare(id, one.host(), one.rows() + other.rows()));
    }
  }

  private Counts merge(long taskId, Iterable<AccumulableInfo> accumulables) {
    Counts counts = Counts.NONE;
    for (AccumulableInfo info : accumulables) {
      String name = info.name().isDefined() ? info.name().get() : "";
      long value = info.update().isDefined() && info.update().get() instanceof Long n ? n : 0;
      counts =
          counts.plus(
              switch (name) {
                case Tally.ROWS -> new Counts(value, 0, 0);
                case Tally.ERRORS -> new Counts(0, value, 0);
                case Tally.NEW_TOKENS -> new Counts(0, 0, value);
                default -> Counts.NONE;
              });
    }
    if (counts.rows() > 0) {
      countsOfTask.put(taskId, counts);
    }
    return counts;
  }

  /** The executors that have answered rows, in the order of their ids. */
  List<ExecutorShare> executors() {
    List<ExecutorShare> all = new ArrayList<>(executors.values());
    all.sort(Comparator.comparing(ExecutorShare::id));
    return all;
  }

  private void show() {
    Counts now = countsOfTask.values().stream().reduce(Counts.NONE, Counts::plus);
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    view.show(
        new ProgressView.Progress(totalRows, now.rows(), now.errors(), now.tokens(), seconds));
  }

  @Override
  public void close() {
    spark.removeSparkListener(this);
    clock.shutdownNow();
  }
}
