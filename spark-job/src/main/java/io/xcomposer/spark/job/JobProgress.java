package io.xcomposer.spark.job;

import java.io.PrintStream;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.TimeUnit;
import org.apache.spark.scheduler.AccumulableInfo;
import org.apache.spark.scheduler.SparkListener;
import org.apache.spark.scheduler.SparkListenerExecutorMetricsUpdate;
import org.apache.spark.scheduler.SparkListenerTaskEnd;
import scala.jdk.javaapi.CollectionConverters;

/**
 * How far a running job is: a line on a stream whenever it has changed, at most every few seconds.
 * The counts of tasks that are still running come with the heartbeats of their executors.
 */
final class JobProgress extends SparkListener implements AutoCloseable {
  private static final int SECONDS_BETWEEN_LINES = 5;

  private record Counts(long rows, long errors) {
    Counts plus(Counts other) {
      return new Counts(rows + other.rows, errors + other.errors);
    }
  }

  private final PrintStream out;
  private final long totalRows;
  private final long startNanos = System.nanoTime();
  private final Map<Long, Counts> countsOfTask = new ConcurrentHashMap<>();
  private final ScheduledExecutorService clock =
      Executors.newSingleThreadScheduledExecutor(
          task -> {
            Thread thread = new Thread(task, "xcomposer-progress");
            thread.setDaemon(true);
            return thread;
          });
  private Counts printed = new Counts(0, 0);

  JobProgress(PrintStream out, long totalRows) {
    this.out = out;
    this.totalRows = totalRows;
  }

  void start() {
    var unused =
        clock.scheduleWithFixedDelay(
            this::print, SECONDS_BETWEEN_LINES, SECONDS_BETWEEN_LINES, TimeUnit.SECONDS);
  }

  @Override
  public void onExecutorMetricsUpdate(SparkListenerExecutorMetricsUpdate update) {
    CollectionConverters.asJava(update.accumUpdates())
        .forEach(task -> merge((Long) task._1(), CollectionConverters.asJava(task._4())));
  }

  @Override
  public void onTaskEnd(SparkListenerTaskEnd end) {
    if (end.taskInfo().successful()) {
      merge(end.taskInfo().taskId(), CollectionConverters.asJava(end.taskInfo().accumulables()));
    } else {
      countsOfTask.remove(end.taskInfo().taskId());
    }
  }

  private void merge(long taskId, Iterable<AccumulableInfo> accumulables) {
    Counts counts = new Counts(0, 0);
    for (AccumulableInfo info : accumulables) {
      String name = info.name().isDefined() ? info.name().get() : "";
      long value = info.update().isDefined() && info.update().get() instanceof Long n ? n : 0;
      if (name.equals(Tally.ROWS)) {
        counts = counts.plus(new Counts(value, 0));
      } else if (name.equals(Tally.ERRORS)) {
        counts = counts.plus(new Counts(0, value));
      }
    }
    if (counts.rows() > 0) {
      countsOfTask.put(taskId, counts);
    }
  }

  private void print() {
    Counts now = countsOfTask.values().stream().reduce(new Counts(0, 0), Counts::plus);
    if (now.equals(printed)) {
      return;
    }
    printed = now;
    double seconds = (System.nanoTime() - startNanos) / 1e9;
    out.printf(
        Locale.ROOT,
        "%d of %d rows, %d with an error, %.2f pages/s%n",
        now.rows(),
        totalRows,
        now.errors(),
        now.rows() / seconds);
  }

  @Override
  public void close() {
    clock.shutdownNow();
  }
}
