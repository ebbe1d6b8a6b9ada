package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/**
 * One operator for two that stand on each other, with nothing or a projection between them: the
 * page is then read once for the calls of both.
 */
final class MergedAnswers {

  LogicalPlan in(LogicalPlan plan) {
    LogicalPlan node = plan.mapChildren(this::in);
    if (node instanceof AnswerPages upper) {
      if (upper.child() instanceof AnswerPages lower) {
        return merged(upper, lower, Optional.empty()).orElse(node);
      }
      if (upper.child() instanceof Project project
          && project.child() instanceof AnswerPages lower) {
        return merged(upper, lower, Optional.of(project)).orElse(node);
      }
    }
    return node;
  }

  private static Optional<LogicalPlan> merged(
      AnswerPages upper, AnswerPages lower, Optional<Project> between) {
    List<Alias> calls = new ArrayList<>(lower.calls());
    for (Alias each : upper.calls()) {
      Optional<Expression> call =
          between.isEmpty()
              ? Optional.of(each.child())
              : Columns.below(each.child(), between.get());
      if (call.isEmpty() || !Columns.has(lower.child(), call.get())) {
        return Optional.empty();
      }
      calls.add((Alias) each.withNewChildren(ScalaSeq.of(call.get())));
    }
    AnswerPages both =
        new AnswerPages(ScalaSeq.of(calls), ScalaSeq.of(Columns.of(lower.child())), lower.child());
    LogicalPlan projected =
        between.isEmpty()
            ? both
            : Columns.project(
                Columns.plus(
                    ScalaSeq.list(between.get().projectList()),
                    upper.calls().stream().map(Alias::toAttribute).toList()),
                both);
    return Optional.of(Columns.only(Columns.of(upper), projected));
  }
}
