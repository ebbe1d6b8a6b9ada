package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.Aggregate;
import org.apache.spark.sql.catalyst.plans.logical.Command;
import org.apache.spark.sql.catalyst.plans.logical.Filter;
import org.apache.spark.sql.catalyst.plans.logical.Generate;
import org.apache.spark.sql.catalyst.plans.logical.Join;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Takes {@link PageCall}s out of the expressions of a plan and puts an {@link AnswerPages} below
 * each node that has some, from the leaves up. What it cannot take out is evaluated row by row.
 */
public final class LiftPageCalls extends Rule<LogicalPlan> {
  private static final Logger LOG = LoggerFactory.getLogger(LiftPageCalls.class);

  private final CheckedEngines engines = new CheckedEngines();

  @Override
  public LogicalPlan apply(LogicalPlan plan) {
    if (!plan.exists(node -> node instanceof AnswerPages || hasCalls(node))) {
      return plan;
    }
    engines.check(plan);
    LogicalPlan lifted = new MergedAnswers().in(lift(plan));
    LogicalPlan whole = AskedOnce.in(PrunedAnswers.in(new LimitsBelow().in(lifted)));
    if (whole.exists(node -> !(node instanceof AnswerPages) && hasCalls(node))) {
      LOG.warn("Some calls of this query are answered row by row, without look-ahead:\n{}", whole);
    }
    return whole;
  }

  static boolean hasCalls(LogicalPlan node) {
    return node.expressions().exists(FoundCalls::anyIn);
  }

  private LogicalPlan lift(LogicalPlan plan) {
    LogicalPlan node = plan.mapChildren(this::lift);
    if (!hasCalls(node) || node instanceof AnswerPages || node instanceof Command) {
      return node;
    }
    if (node instanceof Filter filter) {
      return liftFilter(filter);
    }
    if (node instanceof Aggregate aggregate) {
      return new LiftedAggregate(aggregate).plan();
    }
    if (node instanceof Generate generate) {
      return liftGenerate(generate);
    }
    if (node instanceof Join join) {
      return new LiftedJoin(join).plan();
    }
    return node.children().size() == 1 ? liftUnary(node) : node;
  }

  /** A node whose expressions read the rows of its one child. */
  static LogicalPlan liftUnary(LogicalPlan node) {
    FoundCalls found = FoundCalls.in(ScalaSeq.list(node.expressions()));
    Provided provided = AnswersBelow.of(found, node.children().apply(0));
    if (provided.results().isEmpty()) {
      return node;
    }
    LogicalPlan lifted =
        node.mapExpressions(provided::replaceIn).withNewChildren(ScalaSeq.of(provided.plan()));
    return Columns.only(Columns.of(node), lifted);
  }

  /** Conditions without calls go below, so that rows that they refuse are never asked about. */
  static LogicalPlan liftFilter(Filter filter) {
    List<Expression> free = new ArrayList<>();
    List<Expression> asking = new ArrayList<>();
    for (Expression condition : conditions(filter.condition())) {
      (FoundCalls.anyIn(condition) ? asking : free).add(condition);
    }
    LogicalPlan child = filter.child();
    if (!free.isEmpty()) {
      child = new Filter(all(free), child);
    }
    Provided provided = AnswersBelow.of(FoundCalls.in(asking), child);
    Expression condition = all(asking.stream().map(provided::replaceIn).toList());
    return Columns.only(Columns.of(filter), new Filter(condition, provided.plan()));
  }

  static List<Expression> conditions(Expression condition) {
    if (condition instanceof And both) {
      List<Expression> all = new ArrayList<>(conditions(both.left()));
      all.addAll(conditions(both.right()));
      return all;
    }
    return List.of(condition);
  }

  static Expression all(List<Expression> conditions) {
    return conditions.stream().reduce(And::new).orElseThrow();
  }

  /** Generate knows columns of its child by their places: new ones come behind them. */
  private static LogicalPlan liftGenerate(Generate generate) {
    FoundCalls found = FoundCalls.in(List.of((Expression) generate.generator()));
    Provided provided = AnswersBelow.of(found, generate.child());
    if (provided.results().isEmpty()) {
      return generate;
    }
    List<Attribute> before = Columns.of(generate.child());
    LogicalPlan child =
        Columns.project(Columns.plus(before, provided.attributes()), provided.plan());
    List<Object> unrequired = new ArrayList<>(ScalaSeq.list(generate.unrequiredChildIndex()));
    for (int i = before.size(); i < child.output().size(); i++) {
      unrequired.add(i);
    }
    Object[] arguments = {
      provided.replaceIn((Expression) generate.generator()),
      ScalaSeq.of(unrequired),
      generate.outer(),
      generate.qualifier(),
      generate.generatorOutput(),
      child
    };
    return Columns.only(Columns.of(generate), generate.makeCopy(arguments));
  }
}
