package io.xcomposer.spark.sql;

import java.util.List;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.logical.Expand;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionByExpression;
import org.apache.spark.sql.catalyst.plans.logical.Sample;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.Union;
import scala.Option;

/**
 * Spark looks at a sample of the rows before it sorts them or partitions them by ranges, and runs
 * all that is below for that, twice in the end. An exchange above the operator keeps the answers
 * meanwhile, so that each row is asked once.
 */
final class AskedOnce {
  private AskedOnce() {}

  static LogicalPlan in(LogicalPlan plan) {
    if (plan instanceof GlobalLimit global
        && global.child() instanceof LocalLimit local
        && local.child() instanceof Sort sort) {
      // The first rows of an order are found without a sample.
      LogicalPlan sorted = sort.withNewChildren(ScalaSeq.of(in(sort.child())));
      return global.withNewChildren(ScalaSeq.of(local.withNewChildren(ScalaSeq.of(sorted))));
    }
    LogicalPlan node = plan.mapChildren(AskedOnce::in);
    if (takesSample(node) && answersWithinStage(node.children().apply(0))) {
      return node.withNewChildren(ScalaSeq.of(exchange(node.children().apply(0))));
    }
    return node;
  }

  private static boolean takesSample(LogicalPlan node) {
    return (node instanceof Sort sort && sort.global())
        || (node instanceof RepartitionByExpression ranges
            && ranges.partitionExpressions().exists(each -> each instanceof SortOrder));
  }

  /** Whether the operator runs in the stage that gives these rows. */
  private static boolean answersWithinStage(LogicalPlan plan) {
    boolean sameStage =
        plan instanceof Project
            || plan instanceof Filter
            || plan instanceof Generate
            || plan instanceof Expand
            || plan instanceof Sample
            || plan instanceof LocalLimit
            || plan instanceof Union
            || plan instanceof Join;
    return plan instanceof AnswerPages
        || (sameStage
            && ScalaSeq.list(plan.children()).stream().anyMatch(AskedOnce::answersWithinStage));
  }

  private static LogicalPlan exchange(LogicalPlan plan) {
    return new RepartitionByExpression(
        ScalaSeq.of(List.of()), plan, Option.empty(), Option.empty());
  }
}
