package io.xcomposer.spark.sql;

import io.xcomposer.spark.rows.LookAhead;
import io.xcomposer.spark.sql.CallLayout.CallPlan;
import java.util.List;
import java.util.NoSuchElementException;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.catalyst.expressions.JoinedRow;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import scala.collection.AbstractIterator;

/** The output rows of a partition. Each is good until the next one. */
final class AnsweredRows extends AbstractIterator<InternalRow> {
  private final LookAhead<AskedRow> answers;
  private final List<CallPlan> calls;
  private final UnsafeProjection output;
  private final AnswerMetrics metrics;
  private final JoinedRow joined = new JoinedRow();
  private InternalRow next;

  AnsweredRows(
      LookAhead<AskedRow> answers,
      List<CallPlan> calls,
      UnsafeProjection output,
      AnswerMetrics metrics) {
    this.answers = answers;
    this.calls = calls;
    this.output = output;
    this.metrics = metrics;
  }

  @Override
  public boolean hasNext() {
    while (next == null && answers.hasNext()) {
      LookAhead.Answered<AskedRow> answered = answers.next();
      metrics.answered(answered.outcomes());
      AskedRow row = answered.row();
      if (row.isWanted(calls, answered.outcomes())) {
        InternalRow results = new GenericInternalRow(row.results(answered.outcomes()));
        next = output.apply(joined.apply(row.kept(), results));
      } else {
        metrics.dropped();
      }
    }
    return next != null;
  }

  @Override
  public InternalRow next() {
    if (!hasNext()) {
      throw new NoSuchElementException("all rows of the partition are answered");
    }
    InternalRow row = next;
    next = null;
    return row;
  }
}
