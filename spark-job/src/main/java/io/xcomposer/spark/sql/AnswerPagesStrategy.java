package io.xcomposer.spark.sql;

import java.util.List;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.SparkStrategy;
import scala.collection.immutable.Seq;

/** {@link AnswerPages} becomes {@link AnswerPagesExec}. */
public final class AnswerPagesStrategy extends SparkStrategy {
  @Override
  public Seq<SparkPlan> apply(LogicalPlan plan) {
    if (plan instanceof AnswerPages pages) {
      return ScalaSeq.of(
          new AnswerPagesExec(
              ScalaSeq.of(pages.calls()), ScalaSeq.of(pages.kept()), planLater(pages.child())));
    }
    return ScalaSeq.of(List.of());
  }
}
