package io.xcomposer.spark.sql;

import java.util.List;
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
    LogicalPlan node = plan.mapChildren(PrunedAnswers::operators);
    if (node instanceof Project project && project.child() instanceof AnswerPages pages) {
      AttributeSet read = project.references();
      List<Alias> calls =
          pages.calls().stream().filter(call -> read.contains(call.toAttribute())).toList();
      List<Attribute> kept = pages.kept().stream().filter(read::contains).toList();
      if (calls.size() == pages.calls().size() && kept.size() == pages.kept().size()) {
        return node;
      }
      LogicalPlan child =
          calls.isEmpty()
              ? pages.child()
              : new AnswerPages(ScalaSeq.of(calls), ScalaSeq.of(kept), pages.child());
      return project.withNewChildren(ScalaSeq.of(child));
    }
    return node;
  }
}
