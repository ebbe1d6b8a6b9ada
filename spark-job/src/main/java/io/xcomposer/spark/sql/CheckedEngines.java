package io.xcomposer.spark.sql;

import io.xcomposer.spark.engine.EngineChoice;
import java.util.LinkedHashSet;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** The checkpoints that a session has looked at and found good: a plan needs no second look. */
final class CheckedEngines {
  private final Set<EngineChoice> good = ConcurrentHashMap.newKeySet();

  /**
   * Looks at the checkpoints of a plan's calls.
   *
   * @throws io.xcomposer.model.XComposerException for a broken one
   */
  void check(LogicalPlan plan) {
    Set<EngineChoice> choices = new LinkedHashSet<>();
    plan.foreach(
        node -> {
          ScalaSeq.list(node.expressions()).forEach(each -> collect(each, choices));
          return null;
        });
    for (EngineChoice choice : choices) {
      if (!good.contains(choice)) {
        choice.check();
        good.add(choice);
      }
    }
  }

  private static void collect(Expression expression, Set<EngineChoice> choices) {
    if (expression instanceof PageCall call) {
      choices.add(call.settings().engine());
    }
    ScalaSeq.list(expression.children()).forEach(part -> collect(part, choices));
  }
}
