package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import scala.Option;

/** Columns of plans. */
final class Columns {
  private Columns() {}

  static List<Attribute> of(LogicalPlan plan) {
    return ScalaSeq.list(plan.output());
  }

  static boolean has(LogicalPlan plan, Expression expression) {
    return expression.references().subsetOf(plan.outputSet());
  }

  static boolean has(LogicalPlan plan, Attribute column) {
    return plan.outputSet().contains(column);
  }

  /** {@code plan} with these columns alone, in this order. */
  static LogicalPlan only(List<? extends Attribute> columns, LogicalPlan plan) {
    List<Attribute> now = of(plan);
    boolean same =
        now.size() == columns.size()
            && java.util.stream.IntStream.range(0, now.size())
                .allMatch(i -> now.get(i).exprId().equals(columns.get(i).exprId()));
    return same ? plan : project(columns, plan);
  }

  static Project project(List<? extends NamedExpression> columns, LogicalPlan plan) {
    return new Project(ScalaSeq.<NamedExpression>of(columns), plan);
  }

  /** The columns with more behind them, those that are new. */
  static List<NamedExpression> plus(
      List<? extends NamedExpression> columns, List<? extends NamedExpression> more) {
    List<NamedExpression> all = new ArrayList<>(columns);
    for (NamedExpression each : more) {
      if (all.stream().noneMatch(there -> there.exprId().equals(each.exprId()))) {
        all.add(each);
      }
    }
    return all;
  }

  static Alias named(Expression value, String name) {
    return new Alias(
        value,
        name,
        NamedExpression.newExprId(),
        ScalaSeq.of(List.of()),
        Option.empty(),
        ScalaSeq.of(List.of()));
  }

  /**
   * What an expression over the columns of a projection is over the columns below it; empty when
   * that would compute something twice that may come out differently.
   */
  static Optional<Expression> below(Expression expression, Project project) {
    List<NamedExpression> columns = ScalaSeq.list(project.projectList());
    if (columns.stream().anyMatch(column -> !((Expression) column).deterministic())) {
      return Optional.empty();
    }
    return Optional.of(substituted(expression, columns));
  }

  private static Expression substituted(Expression expression, List<NamedExpression> columns) {
    if (expression instanceof Attribute attribute) {
      return columns.stream()
          .filter(column -> column instanceof Alias && column.exprId().equals(attribute.exprId()))
          .map(column -> ((Alias) column).child())
          .findFirst()
          .orElse(attribute);
    }
    return expression.mapChildren(part -> substituted(part, columns));
  }

  static AttributeSet set(List<? extends Attribute> columns) {
    return AttributeSet.apply(ScalaSeq.<Expression>of(columns));
  }
}
