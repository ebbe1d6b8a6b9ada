package io.xcomposer.spark.sql;

import java.util.List;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.optimizer.ColumnPruning;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.plans.logical.Project;

/**
 * The operator without the calls and columns that nobody above reads, so that a page's bytes are
 * not held while it is answered, and the columns below that then nobody reads.
 */
final class PrunedAnswers {
  /** Each round lets a column vanish one operator further down. */
  private static final int MAX_ROUNDS = 20;

  private PrunedAnswers() {}

  static LogicalPlan in(LogicalPlan plan) {
    LogicalPlan pruned = plan;
    for (int i = 0; i < MAX_ROUNDS; i++) {
      LogicalPlan next = ColumnPruning.apply(operators(pruned));
      if (next.fastEquals(pruned)) {
        break;
      }
      pruned = next;
    }
    return pruned;
  }

  private static LogicalPlan operators(LogicalPlan plan) {
    LogicalPlan node = plan;
    if (node instanceof Project project) {
      node =
          reading(project.references(), project.child())
              .map(child -> project.withNewChildren(ScalaSeq.of(child)))
              .orElse(project);
    }
    return node.mapChildren(PrunedAnswers::operators);
  }

  /**
   * A plan of which only these columns are read; empty when there is nothing to leave out. Spark
   * has no projection between a filter and what it filters, so it is this rule that looks through.
   */
  private static Optional<LogicalPlan> reading(AttributeSet columns, LogicalPlan plan) {
    if (plan instanceof AnswerPages pages) {
      return reading(columns, pages);
    }
    if (!KnownAnswers.passesRows(plan)) {
      return Optional.empty();
    }
    return reading(columns.$plus$plus(plan.references()), plan.children().apply(0))
        .map(child -> plan.withNewChildren(ScalaSeq.of(child)));
  }

  private static Optional<LogicalPlan> reading(AttributeSet columns, AnswerPages pages) {
    List<Alias> calls =
        pages.calls().stream().filter(call -> columns.contains(call.toAttribute())).toList();
    if (calls.isEmpty()) {
      return Optional.of(pages.child());
    }
    List<Attribute> kept = pages.kept().stream().filter(columns::contains).toList();
    LogicalPlan child = pages.child();
    AnswerPages pruned = new AnswerPages(ScalaSeq.of(calls), ScalaSeq.of(kept), child);
    AttributeSet read = pruned.references();
    List<Attribute> needed = Columns.of(child).stream().filter(read::contains).toList();
    AnswerPages narrow = pruned.over(Columns.only(needed, child));
    return narrow.equals(pages) ? Optional.empty() : Optional.of(narrow);
  }
}
