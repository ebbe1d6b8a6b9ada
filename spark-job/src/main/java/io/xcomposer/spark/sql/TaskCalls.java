package io.xcomposer.spark.sql;

import io.xcomposer.spark.engine.ExecutorEngine;
import io.xcomposer.spark.rows.DirectSubmitter;
import io.xcomposer.spark.rows.EngineChoice;
import io.xcomposer.spark.rows.RowSubmitter;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.TaskContext;

/** The calls of an operator in one task, with the engines that they use. Used by one thread. */
final class TaskCalls {
  private final CallLayout layout;
  private final TaskContext task;
  private final Map<EngineChoice, RowSubmitter> submitters = new HashMap<>();

  /** Engines are opened when a row first asks one, and given back at the end of the task. */
  TaskCalls(CallLayout layout, TaskContext task) {
    this.layout = layout;
    this.task = task;
  }

  CallLayout layout() {
    return layout;
  }

  TaskContext task() {
    return task;
  }

  RowSubmitter submitter(EngineChoice choice) {
    return submitters.computeIfAbsent(choice, this::open);
  }

  private RowSubmitter open(EngineChoice choice) {
    ExecutorEngine.Lease lease = choice.acquire();
    task.addTaskCompletionListener(
        context -> {
          lease.close();
        });
    return new DirectSubmitter(lease.engine());
  }
}
