package io.xcomposer.spark.sql;

import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.logical.GlobalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LocalLimit;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;
import org.apache.spark.sql.catalyst.plans.logical.Sort;

/**
 * LIMIT below the operator, so that no row is asked about that is not wanted. The limit of a whole
 * query stays above it too: Spark then runs only as many partitions as it takes.
 */
final class LimitsBelow {

  LogicalPlan in(LogicalPlan plan) {
    if (plan instanceof GlobalLimit global && global.child() instanceof LocalLimit local) {
      Optional<LogicalPlan> sorted = belowAnswers(global, local, local.child(), true);
      return sorted
          .map(moved -> moved.mapChildren(this::inside))
          .orElseGet(
              () ->
                  global.withNewChildren(
                      ScalaSeq.of(
                          local.withNewChildren(
                              ScalaSeq.of(inside(bounded(local.child(), local.limitExpr())))))));
    }
    return plan.mapChildren(plan instanceof Project ? this::in : this::inside);
  }

  private LogicalPlan inside(LogicalPlan plan) {
    if (plan instanceof GlobalLimit global && global.child() instanceof LocalLimit local) {
      Optional<LogicalPlan> moved = belowAnswers(global, local, local.child(), false);
      if (moved.isPresent()) {
        return moved.get().mapChildren(this::inside);
      }
    }
    if (plan instanceof LocalLimit local) {
      LogicalPlan child = bounded(local.child(), local.limitExpr());
      return local.withNewChildren(ScalaSeq.of(inside(child)));
    }
    return plan.mapChildren(this::inside);
  }

  /** {@code plan} with the rows of each partition bounded below the operator. */
  private static LogicalPlan bounded(LogicalPlan plan, Expression limit) {
    if (plan instanceof Project project) {
      LogicalPlan child = bounded(project.child(), limit);
      return child == project.child() ? plan : project.withNewChildren(ScalaSeq.of(child));
    }
    if (plan instanceof AnswerPages pages
        && pages.keepsRows()
        && !isBounded(pages.child(), limit)) {
      return pages.over(new LocalLimit(limit, pages.child()));
    }
    return plan;
  }

  private static boolean isBounded(LogicalPlan plan, Expression limit) {
    if (plan instanceof Project project) {
      return isBounded(project.child(), limit);
    }
    if (plan instanceof GlobalLimit global) {
      return global.limitExpr().semanticEquals(limit);
    }
    return plan instanceof LocalLimit local && local.limitExpr().semanticEquals(limit);
  }

  /**
   * The whole limit, and the sort that it has below it, under the operator.
   *
   * @param onlySorted whether a limit without a sort stays where it is
   */
  private Optional<LogicalPlan> belowAnswers(
      GlobalLimit global, LocalLimit local, LogicalPlan plan, boolean onlySorted) {
    if (plan instanceof Project project) {
      return belowAnswers(global, local, project.child(), onlySorted)
          .map(child -> project.withNewChildren(ScalaSeq.of(child)));
    }
    if (plan instanceof AnswerPages pages && pages.keepsRows() && !onlySorted) {
      return Optional.of(pages.over(limited(global, local, pages.child())));
    }
    return plan instanceof Sort sort && sort.global()
        ? belowAnswersOf(sort, global, local, sort.child())
        : Optional.empty();
  }

  private static Optional<LogicalPlan> belowAnswersOf(
      LogicalPlan sort, GlobalLimit global, LocalLimit local, LogicalPlan plan) {
    if (plan instanceof Project project) {
      Optional<LogicalPlan> below = sortBelow(sort, project);
      return below
          .flatMap(each -> belowAnswersOf(each, global, local, project.child()))
          .map(child -> project.withNewChildren(ScalaSeq.of(child)));
    }
    if (plan instanceof AnswerPages pages
        && pages.keepsRows()
        && sort.references().subsetOf(pages.child().outputSet())) {
      LogicalPlan sorted = sort.withNewChildren(ScalaSeq.of(pages.child()));
      return Optional.of(pages.over(limited(global, local, sorted)));
    }
    return Optional.empty();
  }

  /** The sort in terms of the columns below a projection. */
  private static Optional<LogicalPlan> sortBelow(LogicalPlan sort, Project project) {
    boolean possible =
        sort.expressions().forall(order -> Columns.below(order, project).isPresent());
    return possible
        ? Optional.of(
            sort.mapExpressions(order -> (SortOrder) Columns.below(order, project).orElseThrow()))
        : Optional.empty();
  }

  private static LogicalPlan limited(GlobalLimit global, LocalLimit local, LogicalPlan plan) {
    return global.withNewChildren(ScalaSeq.of(local.withNewChildren(ScalaSeq.of(plan))));
  }
}
