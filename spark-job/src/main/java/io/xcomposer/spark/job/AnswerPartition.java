package io.xcomposer.spark.job;

import io.xcomposer.spark.conf.XComposerOptions;
import io.xcomposer.spark.engine.EngineOpener;
import io.xcomposer.spark.engine.EnginePlan;
import io.xcomposer.spark.engine.ExecutorEngine;
import io.xcomposer.spark.engine.RowAttempts;
import io.xcomposer.spark.engine.TaskDevice;
import java.util.Collections;
import java.util.Iterator;
import org.apache.spark.TaskContext;
import org.apache.spark.api.java.function.MapPartitionsFunction;
import org.apache.spark.sql.Row;

/**
 * Answers the rows of a partition, in their order, with the engine of the executor. A row that
 * fails becomes a row with an error; an engine that fails ends the task.
 */
final class AnswerPartition implements MapPartitionsFunction<Row, Row> {
  private static final long serialVersionUID = 1L;

  private final XComposerOptions options;
  private final RowCodec codec;
  private final EngineOpener opener;
  private final Tally tally;

  AnswerPartition(XComposerOptions options, RowCodec codec, EngineOpener opener, Tally tally) {
    this.options = options;
    this.codec = codec;
    this.opener = opener;
    this.tally = tally;
  }

  @Override
  public Iterator<Row> call(Iterator<Row> rows) {
    if (!rows.hasNext()) {
      return Collections.emptyIterator();
    }
    TaskContext task = TaskContext.get();
    ExecutorEngine.Lease lease =
        ExecutorEngine.ofThisProcess()
            .acquire(
                new EnginePlan(options.model(), options.engine(), RowAttempts.DEFAULT, opener, null)
                    .on(TaskDevice.ofTask(options.engine().device(), task)),
                task::isInterrupted);
    LookAhead answers =
        new LookAhead(rows, lease.engine(), codec, options.lookAhead(), tally, task::isInterrupted);
    task.addTaskCompletionListener(
        context -> {
          answers.close();
          lease.close();
        });
    return answers;
  }
}
