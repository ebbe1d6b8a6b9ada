package io.xcomposer.spark.sql;

import io.xcomposer.spark.engine.EngineReports;
import io.xcomposer.spark.rows.LookAhead;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.MutableProjection;
import org.apache.spark.sql.catalyst.expressions.UnsafeProjection;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.util.SerializableConfiguration;
import scala.collection.Iterator;
import scala.collection.immutable.Seq;
import scala.runtime.AbstractFunction2;

/** What the operator does with a partition. */
final class AnswerRows
    extends AbstractFunction2<Object, Iterator<InternalRow>, Iterator<InternalRow>>
    implements Serializable {
  private static final long serialVersionUID = 1L;

  private final CallLayout layout;
  private final Seq<Expression> arguments;
  private final Seq<Expression> kept;
  private final Seq<Attribute> input;
  private final DataType[] outputTypes;
  private final LookAhead.Bounds bounds;
  private final AnswerMetrics metrics;
  private final EngineReports reports;
  private final SerializableConfiguration hadoop;

  /**
   * Made on the driver.
   *
   * @param kept columns of {@code input} that come first in the output
   * @param outputTypes of those and the results
   */
  AnswerRows(
      CallLayout.Filled calls,
      Seq<Expression> kept,
      Seq<Attribute> input,
      DataType[] outputTypes,
      LookAhead.Bounds bounds,
      AnswerMetrics metrics,
      EngineReports reports,
      Configuration hadoop) {
    this.layout = calls.layout();
    this.arguments = ScalaSeq.of(calls.arguments());
    this.kept = kept;
    this.input = input;
    this.outputTypes = outputTypes;
    this.bounds = bounds;
    this.metrics = metrics;
    this.reports = reports;
    this.hadoop = new SerializableConfiguration(hadoop);
  }

  @Override
  public Iterator<InternalRow> apply(Object partition, Iterator<InternalRow> rows) {
    TaskContext task = TaskContext.get();
    TaskCalls calls = new TaskCalls(layout, task, hadoop.value(), reports);
    MutableProjection readArguments = MutableProjection.create(arguments, input);
    readArguments.initialize((Integer) partition);
    UnsafeProjection readKept = UnsafeProjection.create(kept, input);
    readKept.initialize((Integer) partition);
    java.util.Iterator<ReadRow> read =
        new java.util.Iterator<>() {
          @Override
          public boolean hasNext() {
            return rows.hasNext();
          }

          @Override
          public ReadRow next() {
            InternalRow row = rows.next();
            return new ReadRow(calls, readArguments.apply(row), readKept.apply(row).copy());
          }
        };
    LookAhead<AskedRow> answers =
        new LookAhead<>(read, bounds, task::isInterrupted, metrics::waited);
    calls.beforeEnginesGoBack(answers::close);
    return new AnsweredRows(answers, layout.calls(), UnsafeProjection.create(outputTypes), metrics);
  }
}
