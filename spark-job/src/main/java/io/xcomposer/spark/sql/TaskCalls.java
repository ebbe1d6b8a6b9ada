package io.xcomposer.spark.sql;

import io.xcomposer.spark.engine.EngineChoice;
import io.xcomposer.spark.engine.EngineReports;
import io.xcomposer.spark.engine.TaskEngine;
import io.xcomposer.spark.rows.RowSubmitter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;

/** The calls of an operator in one task, with the engines that they use. Used by one thread. */
final class TaskCalls {
  private final CallLayout layout;
  private final TaskContext task;
  private final Configuration hadoop;
  private final EngineReports reports;
  private final Map<EngineChoice, RowSubmitter> submitters = new HashMap<>();
  private final List<Runnable> beforeEngines = new ArrayList<>();

  /**
   * Engines are opened when a row first asks one, and given back at the end of the task.
   *
   * @param reports told of each engine; null when nobody wants to know
   */
  TaskCalls(CallLayout layout, TaskContext task, Configuration hadoop, EngineReports reports) {
    this.layout = layout;
    this.task = task;
    this.hadoop = hadoop;
    this.reports = reports;
  }

  CallLayout layout() {
    return layout;
  }

  TaskContext task() {
    return task;
  }

  /** Runs something at the end of the task while its engines are still there; it may run twice. */
  void beforeEnginesGoBack(Runnable end) {
    beforeEngines.add(end);
  }

  RowSubmitter submitter(EngineChoice choice) {
    return submitters.computeIfAbsent(choice, this::open);
  }

  private RowSubmitter open(EngineChoice choice) {
    TaskEngine engine = TaskEngine.open(choice.plan(hadoop, reports), task);
    // What is added last runs first.
    task.addTaskCompletionListener(
        context -> {
          beforeEngines.forEach(Runnable::run);
        });
    return engine;
  }
}
