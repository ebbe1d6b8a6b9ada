package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.NamedExpression;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/**
 * An aggregate with calls. Those in grouping expressions and inside aggregate functions are about
 * its input rows and are answered below it, all others are about the groups and are answered above.
 */
final class LiftedAggregate {
  private final Aggregate aggregate;
  private final List<Expression> grouping;

  LiftedAggregate(Aggregate aggregate) {
    this.aggregate = aggregate;
    this.grouping = ScalaSeq.list(aggregate.groupingExpressions());
  }

  LogicalPlan plan() {
    List<Expression> ofRows = new ArrayList<>(grouping);
    ScalaSeq.list(aggregate.aggregateExpressions())
        .forEach(each -> collectFunctions((Expression) each, ofRows));
    Provided provided = AnswersBelow.of(FoundCalls.in(ofRows), aggregate.child());
    Aggregate below =
        (Aggregate)
            aggregate
                .mapExpressions(each -> replaceOfRows(each, provided))
                .withNewChildren(ScalaSeq.of(provided.plan()));
    return LiftPageCalls.hasCalls(below) ? new LiftedAggregate(below).groupsAbove() : below;
  }

  private static void collectFunctions(Expression expression, List<Expression> functions) {
    if (expression instanceof AggregateExpression) {
      functions.add(expression);
    } else {
      ScalaSeq.list(expression.children()).forEach(part -> collectFunctions(part, functions));
    }
  }

  private Expression replaceOfRows(Expression expression, Provided provided) {
    return expression instanceof AggregateExpression || isGrouping(expression)
        ? provided.replaceIn(expression)
        : expression.mapChildren(part -> replaceOfRows(part, provided));
  }

  private boolean isGrouping(Expression expression) {
    return grouping.stream().anyMatch(expression::semanticEquals);
  }

  /** The aggregate gives what the calls read, and a projection above it has the calls. */
  private LogicalPlan groupsAbove() {
    Map<Expression, NamedExpression> given = new LinkedHashMap<>();
    List<NamedExpression> above = new ArrayList<>();
    for (NamedExpression each : ScalaSeq.list(aggregate.aggregateExpressions())) {
      if (FoundCalls.anyIn((Expression) each)) {
        above.add((NamedExpression) readFrom(given, (Expression) each));
      } else {
        given.put(((Expression) each).canonicalized(), each);
        above.add(each.toAttribute());
      }
    }
    if (above.stream().anyMatch(each -> !isOfGroups((Expression) each, given))) {
      return aggregate;
    }
    Object[] arguments = new Object[aggregate.productArity()];
    for (int i = 0; i < arguments.length; i++) {
      arguments[i] = aggregate.productElement(i);
    }
    arguments[1] = ScalaSeq.of(List.copyOf(given.values()));
    LogicalPlan groups = aggregate.makeCopy(arguments);
    Project calls = Columns.project(above, groups);
    return LiftPageCalls.liftUnary(calls);
  }

  private static boolean isOfGroups(Expression each, Map<Expression, NamedExpression> given) {
    List<Attribute> columns = given.values().stream().map(NamedExpression::toAttribute).toList();
    return each.references().subsetOf(Columns.set(columns));
  }

  /** An expression in which all that only the aggregate knows is a column of it. */
  private Expression readFrom(Map<Expression, NamedExpression> given, Expression expression) {
    boolean known =
        expression instanceof AggregateExpression
            || expression instanceof Attribute
            || isGrouping(expression);
    if (!known) {
      return expression.mapChildren(part -> readFrom(given, part));
    }
    return (Expression)
        given.computeIfAbsent(expression.canonicalized(), key -> column(expression)).toAttribute();
  }

  private static NamedExpression column(Expression expression) {
    return expression instanceof Attribute attribute
        ? attribute
        : Columns.named(expression, "group_value");
  }
}
