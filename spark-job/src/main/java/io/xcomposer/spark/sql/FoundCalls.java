package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.CaseWhen;
import org.apache.spark.sql.catalyst.expressions.Coalesce;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.IsNull;
import org.apache.spark.sql.catalyst.expressions.NamedLambdaVariable;
import org.apache.spark.sql.catalyst.expressions.Or;
import org.apache.spark.sql.catalyst.expressions.OuterReference;
import org.apache.spark.sql.catalyst.expressions.aggregate.AggregateExpression;
import scala.Tuple2;

/** The calls of some expressions, each once, with the rows for which its value is needed. */
final class FoundCalls {
  private final Map<Expression, PageCall> calls = new LinkedHashMap<>();
  private final Map<Expression, Guard> guards = new LinkedHashMap<>();

  /** What an operator below these expressions can answer. */
  static FoundCalls in(Iterable<? extends Expression> expressions) {
    FoundCalls found = new FoundCalls();
    expressions.forEach(expression -> found.collect(expression, Guard.ALWAYS));
    return found;
  }

  boolean isEmpty() {
    return calls.isEmpty();
  }

  List<PageCall> calls() {
    return List.copyOf(calls.values());
  }

  Guard guard(PageCall call) {
    return guards.get(call.canonicalized());
  }

  /** Whether a call of any kind is in an expression. */
  static boolean anyIn(Expression expression) {
    return expression.exists(part -> part instanceof PageCall);
  }

  private void collect(Expression expression, Guard guard) {
    if (expression instanceof PageCall call) {
      if (isOfRow(call)) {
        Expression same = call.canonicalized();
        calls.putIfAbsent(same, call);
        Guard needed = isOfRow(guard) ? guard : Guard.ALWAYS;
        guards.merge(same, needed, Guard::or);
      }
    } else if (expression instanceof If choice) {
      collect(choice.predicate(), guard);
      collect(choice.trueValue(), guard.andTrue(choice.predicate()));
      collect(choice.falseValue(), guard.andNotTrue(choice.predicate()));
    } else if (expression instanceof CaseWhen choice) {
      collectBranches(choice, guard);
    } else if (expression instanceof Coalesce choice) {
      Guard rest = guard;
      for (Expression value : ScalaSeq.list(choice.children())) {
        collect(value, rest);
        rest = rest.and(new IsNull(value));
      }
    } else if (expression instanceof And both) {
      collect(both.left(), guard);
      collect(both.right(), anyIn(both.left()) ? guard : guard.andNotFalse(both.left()));
    } else if (expression instanceof Or either) {
      collect(either.left(), guard);
      collect(either.right(), anyIn(either.left()) ? guard : guard.andNotTrue(either.left()));
    } else {
      ScalaSeq.list(expression.children()).forEach(part -> collect(part, guard));
    }
  }

  private void collectBranches(CaseWhen choice, Guard guard) {
    Guard rest = guard;
    for (Tuple2<Expression, Expression> branch : ScalaSeq.list(choice.branches())) {
      collect(branch._1(), rest);
      collect(branch._2(), rest.andTrue(branch._1()));
      rest = rest.andNotTrue(branch._1());
    }
    if (choice.elseValue().isDefined()) {
      collect(choice.elseValue().get(), rest);
    }
  }

  private static boolean isOfRow(Guard guard) {
    return guard.condition().isEmpty() || isOfRow(guard.condition().get());
  }

  /** Whether an operator below has all that an expression reads. */
  private static boolean isOfRow(Expression expression) {
    return !expression.exists(
        part ->
            part instanceof NamedLambdaVariable
                || part instanceof OuterReference
                || part instanceof AggregateExpression);
  }

  /** The calls that are arguments of {@code calls}, or in conditions of theirs. */
  static FoundCalls inArgumentsOf(List<PageCall> calls) {
    List<Expression> arguments = new ArrayList<>();
    calls.forEach(call -> arguments.addAll(ScalaSeq.list(call.children())));
    return in(arguments);
  }
}
