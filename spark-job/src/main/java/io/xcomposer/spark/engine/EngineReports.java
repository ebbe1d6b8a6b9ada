package io.xcomposer.spark.engine;

import java.io.Serializable;
import java.util.Comparator;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.SparkContext;
import org.apache.spark.util.AccumulatorV2;

/**
 * The engines that the tasks of a job have worked with. Made on the driver, carried by the tasks,
 * read on the driver when the job is done; needs no plugin. One report for each executor and
 * device, however many tasks it had, so that retried tasks change nothing.
 */
public final class EngineReports extends AccumulatorV2<EngineReport, List<EngineReport>> {
  private static final long serialVersionUID = 1L;

  /** What listeners know it by. */
  public static final String NAME = "xcomposer engines";

  private record Place(String executorId, String device) implements Serializable {}

  private final Map<Place, EngineReport> latest = new HashMap<>();

  /** Reports of a job that is about to start. */
  public static EngineReports register(SparkContext context) {
    EngineReports reports = new EngineReports();
    context.register(reports, NAME);
    return reports;
  }

  @Override
  public synchronized void add(EngineReport report) {
    latest.merge(
        new Place(report.executorId(), report.device()),
        report,
        (one, other) -> one.modelLoads() >= other.modelLoads() ? one : other);
  }

  @Override
  public void merge(AccumulatorV2<EngineReport, List<EngineReport>> other) {
    other.value().forEach(this::add);
  }

  /** Sorted by executor and device. */
  @Override
  public synchronized List<EngineReport> value() {
    return latest.values().stream()
        .sorted(Comparator.comparing(EngineReport::executorId).thenComparing(EngineReport::device))
        .toList();
  }

  @Override
  public synchronized boolean isZero() {
    return latest.isEmpty();
  }

  @Override
  public synchronized AccumulatorV2<EngineReport, List<EngineReport>> copy() {
    EngineReports copy = new EngineReports();
    copy.latest.putAll(latest);
    return copy;
  }

  @Override
  public synchronized void reset() {
    latest.clear();
  }
}
