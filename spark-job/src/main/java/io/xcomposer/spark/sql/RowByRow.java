package io.xcomposer.spark.sql;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.rows.LookAhead;
import java.util.Iterator;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.deploy.SparkHadoopUtil;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;

/** A call that no operator answers: one row after the other, by the same engine. */
final class RowByRow {
  private static final LookAhead.Bounds ONE_ROW = new LookAhead.Bounds(1, 1);

  private final TaskCalls calls;
  private final List<Expression> arguments;

  private RowByRow(TaskCalls calls, List<Expression> arguments) {
    this.calls = calls;
    this.arguments = arguments;
  }

  /**
   * For the task of this thread.
   *
   * @throws io.xcomposer.model.XComposerException outside of a task: the driver has no engine
   */
  static RowByRow of(PageCall call) {
    TaskContext task = TaskContext.get();
    if (task == null) {
      throw Errors.input(
          call + " was to be evaluated on the driver, which has no engine",
          "ask about the rows of a table, view or DataFrame");
    }
    Configuration hadoop = SparkHadoopUtil.get().conf();
    CallLayout.Filled filled = CallLayout.of(List.of(call), hadoop);
    return new RowByRow(new TaskCalls(filled.layout(), task, hadoop, null), filled.arguments());
  }

  /** The result for a row; of a call that drops what fails, NULL. */
  Object answer(InternalRow row) {
    Object[] values = arguments.stream().map(argument -> argument.eval(row)).toArray();
    ReadRow read = new ReadRow(calls, new GenericInternalRow(values), null);
    Iterator<ReadRow> one = List.of(read).iterator();
    try (LookAhead<AskedRow> answers =
        new LookAhead<>(one, ONE_ROW, calls.task()::isInterrupted, nanos -> {})) {
      LookAhead.Answered<AskedRow> answered = answers.next();
      return answered.row().isWanted(calls.layout().calls(), answered.outcomes())
          ? answered.row().results(answered.outcomes())[0]
          : null;
    }
  }

  boolean isOf(TaskContext task) {
    return calls.task() == task;
  }
}
