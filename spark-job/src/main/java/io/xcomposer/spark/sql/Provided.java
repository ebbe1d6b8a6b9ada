package io.xcomposer.spark.sql;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/**
 * A plan that has the results of calls among its columns.
 *
 * @param results by the call's canonical form
 */
record Provided(LogicalPlan plan, Map<Expression, Attribute> results) {

  static Provided nothing(LogicalPlan plan) {
    return new Provided(plan, Map.of());
  }

  Provided plus(LogicalPlan newPlan, Map<Expression, Attribute> more) {
    Map<Expression, Attribute> all = new HashMap<>(results);
    all.putAll(more);
    return new Provided(newPlan, all);
  }

  boolean has(PageCall call) {
    return results.containsKey(call.canonicalized());
  }

  List<Attribute> attributes() {
    return List.copyOf(results.values());
  }

  /** An expression with the columns in the place of the calls. */
  Expression replaceIn(Expression expression) {
    if (expression instanceof PageCall call) {
      Attribute result = results.get(call.canonicalized());
      return result == null ? call.mapChildren(this::replaceIn) : result;
    }
    Expression replaced = expression.mapChildren(this::replaceIn);
    return replaced instanceof AnswerText text && !(text.answers() instanceof PageCall)
        ? text.extracted()
        : replaced;
  }
}
