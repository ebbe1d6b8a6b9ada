package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.Option;

/**
 * A join with calls in its condition. A call that reads one side is answered below the join on that
 * side. A condition that reads both becomes a filter above an inner join; in another join it stays
 * where it is.
 */
final class LiftedJoin {
  private final Join join;

  LiftedJoin(Join join) {
    this.join = join;
  }

  LogicalPlan plan() {
    List<Expression> within = new ArrayList<>();
    List<Expression> above = new ArrayList<>();
    boolean inner = join.joinType().sql().equals("INNER");
    for (Expression condition : LiftPageCalls.conditions(join.condition().get())) {
      boolean oneSided =
          FoundCalls.in(List.of(condition)).calls().stream()
              .allMatch(call -> Columns.has(join.left(), call) || Columns.has(join.right(), call));
      (oneSided || !inner ? within : above).add(condition);
    }
    Provided left = AnswersBelow.of(FoundCalls.in(within), join.left());
    Provided right = AnswersBelow.of(rightOnly(within, left), join.right());
    Option<Expression> condition =
        within.isEmpty()
            ? Option.empty()
            : Option.apply(
                LiftPageCalls.all(
                    within.stream().map(left::replaceIn).map(right::replaceIn).toList()));
    Join lifted = new Join(left.plan(), right.plan(), join.joinType(), condition, join.hint());
    LogicalPlan plan = Columns.only(Columns.of(join), lifted);
    return above.isEmpty()
        ? plan
        : LiftPageCalls.liftFilter(new Filter(LiftPageCalls.all(above), plan));
  }

  /** The calls that the left side had no columns for. */
  private static FoundCalls rightOnly(List<Expression> conditions, Provided left) {
    return FoundCalls.in(conditions.stream().map(left::replaceIn).toList());
  }
}
