package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;

/** Puts the operator that answers calls between an expression's node and the node's child. */
final class AnswersBelow {
  private AnswersBelow() {}

  /** A call as the expression has it, and as the operator is to answer it. */
  private record Wanted(PageCall written, PageCall asked) {}

  /**
   * {@code plan} with the results of all calls that it has the columns for. Calls that are answered
   * there already are not answered again; calls inside of calls are answered in an operator below.
   */
  static Provided of(FoundCalls found, LogicalPlan plan) {
    Provided provided = Provided.nothing(plan);
    List<Wanted> wanted = new ArrayList<>();
    for (PageCall call : found.calls()) {
      Optional<KnownAnswers.Exposed> known = KnownAnswers.of(call, provided.plan());
      if (known.isPresent()) {
        provided =
            provided.plus(known.get().plan(), Map.of(call.canonicalized(), known.get().result()));
      } else if (Columns.has(plan, call)) {
        Guard guard = found.guard(call);
        PageCall guarded = call.onlyWhere(guard);
        wanted.add(new Wanted(call, Columns.has(plan, guarded) ? guarded : call));
      }
    }
    return wanted.isEmpty() ? provided : answer(wanted, provided);
  }

  private static Provided answer(List<Wanted> wanted, Provided provided) {
    FoundCalls inside = FoundCalls.inArgumentsOf(wanted.stream().map(Wanted::asked).toList());
    Provided below =
        inside.isEmpty() ? Provided.nothing(provided.plan()) : of(inside, provided.plan());
    Map<Expression, Attribute> results = new HashMap<>();
    List<Alias> calls = new ArrayList<>();
    for (Wanted each : wanted) {
      Expression key = each.written().canonicalized();
      if (below.has(each.asked())) {
        results.put(key, below.results().get(each.asked().canonicalized()));
      } else {
        Alias named = Columns.named(withAnswers(each.asked(), below), each.asked().label());
        results.put(key, named.toAttribute());
        calls.add(named);
      }
    }
    LogicalPlan plan =
        calls.isEmpty()
            ? below.plan()
            : new AnswerPages(
                ScalaSeq.of(calls), ScalaSeq.of(Columns.of(below.plan())), below.plan());
    return provided.plus(plan, results);
  }

  /** The call itself stays, the calls in its arguments become columns. */
  private static Expression withAnswers(PageCall call, Provided below) {
    return call.mapChildren(below::replaceIn);
  }
}
