package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.RepartitionOperation;
import org.apache.spark.sql.catalyst.plans.logical.Sort;
import org.apache.spark.sql.catalyst.plans.logical.Window;

/**
 * Finds a call that a plan has answered already, as Spark makes them when it pushes a condition
 * below a projection: {@code SELECT * FROM (SELECT *, ask(..) a FROM t) WHERE a LIKE ..}.
 */
final class KnownAnswers {
  private KnownAnswers() {}

  /** A plan that has the column of results in its output. */
  record Exposed(LogicalPlan plan, Attribute result) {}

  /** {@code plan} with the result of an equal call in its output; empty when it has none. */
  static Optional<Exposed> of(PageCall call, LogicalPlan plan) {
    if (!call.deterministic() || !Columns.has(plan, call)) {
      return Optional.empty();
    }
    if (plan instanceof AnswerPages pages) {
      return ofOperator(call, pages);
    }
    if (plan instanceof Project project) {
      return Columns.below(call, project)
          .flatMap(below -> of((PageCall) below, project.child()))
          .map(
              found ->
                  new Exposed(
                      Columns.project(
                          Columns.plus(
                              ScalaSeq.list(project.projectList()), List.of(found.result())),
                          found.plan()),
                      found.result()));
    }
    if (plan instanceof Join join) {
      return ofJoin(call, join);
    }
    return passesRows(plan) || plan instanceof Window
        ? of(call, plan.children().apply(0))
            .map(
                found ->
                    new Exposed(plan.withNewChildren(ScalaSeq.of(found.plan())), found.result()))
        : Optional.empty();
  }

  /** Whether the rows of a plan are those of its child, or some of them, as they are. */
  static boolean passesRows(LogicalPlan plan) {
    return plan instanceof Filter
        || plan instanceof Sort
        || plan instanceof LocalLimit
        || plan instanceof GlobalLimit
        || plan instanceof RepartitionOperation;
  }

  private static Optional<Exposed> ofOperator(PageCall call, AnswerPages pages) {
    for (Alias each : pages.calls()) {
      if (each.child().semanticEquals(call)) {
        return Optional.of(new Exposed(pages, each.toAttribute()));
      }
    }
    return of(call, pages.child())
        .map(
            found -> {
              List<Attribute> kept = new ArrayList<>();
              for (NamedExpression column : Columns.plus(pages.kept(), List.of(found.result()))) {
                kept.add((Attribute) column);
              }
              return new Exposed(pages.over(found.plan()).keeping(kept), found.result());
            });
  }

  /** Only in a side whose rows the join doesn't make up. */
  private static Optional<Exposed> ofJoin(PageCall call, Join join) {
    String type = join.joinType().sql();
    boolean left = type.equals("INNER") || type.equals("LEFT OUTER") || type.equals("CROSS");
    boolean right = type.equals("INNER") || type.equals("RIGHT OUTER") || type.equals("CROSS");
    if (left && Columns.has(join.left(), call)) {
      return of(call, join.left())
          .map(
              found ->
                  new Exposed(
                      join.withNewChildren(ScalaSeq.of(found.plan(), join.right())),
                      found.result()));
    }
    if (right && Columns.has(join.right(), call)) {
      return of(call, join.right())
          .map(
              found ->
                  new Exposed(
                      join.withNewChildren(ScalaSeq.of(join.left(), found.plan())),
                      found.result()));
    }
    return Optional.empty();
  }
}
