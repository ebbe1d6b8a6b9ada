package io.xcomposer.spark.sql;

import io.xcomposer.spark.conf.ErrorMode;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.plans.logical.LogicalPlan;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/** The rows of {@code child} with the results of calls, in their order, in batches. */
public final class AnswerPages extends LogicalPlan {
  private static final long serialVersionUID = 1L;

  private final AskedRows<LogicalPlan> asked;

  /** The operator over a plan, as {@link AskedRows} says. */
  public AnswerPages(Seq<Alias> calls, Seq<Attribute> kept, LogicalPlan child) {
    asked = new AskedRows<>(calls, kept, child);
  }

  List<Alias> calls() {
    return ScalaSeq.list(asked.calls());
  }

  List<Attribute> kept() {
    return ScalaSeq.list(asked.kept());
  }

  LogicalPlan child() {
    return asked.child();
  }

  static PageCall call(Alias named) {
    return (PageCall) named.child();
  }

  /** Whether each row of the child comes out again, whatever is answered. */
  boolean keepsRows() {
    return calls().stream()
        .noneMatch(call -> call(call).settings().mode() == ErrorMode.DROPMALFORMED);
  }

  AnswerPages keeping(List<Attribute> columns) {
    return new AnswerPages(asked.calls(), ScalaSeq.of(columns), child());
  }

  AnswerPages over(LogicalPlan newChild) {
    return new AnswerPages(asked.calls(), asked.kept(), newChild);
  }

  @Override
  public Seq<Attribute> output() {
    List<Attribute> all = new ArrayList<>(kept());
    calls().forEach(call -> all.add(call.toAttribute()));
    return ScalaSeq.of(all);
  }

  @Override
  public AttributeSet producedAttributes() {
    return AttributeSet.apply(
        ScalaSeq.<Expression>of(calls().stream().map(Alias::toAttribute).toList()));
  }

  @Override
  public Seq<LogicalPlan> children() {
    return ScalaSeq.of(child());
  }

  @Override
  public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> newChildren) {
    return over(newChildren.apply(0));
  }

  @Override
  public int productArity() {
    return AskedRows.ARITY;
  }

  @Override
  public Object productElement(int n) {
    return asked.element(n);
  }

  @Override
  public boolean canEqual(Object that) {
    return that instanceof AnswerPages;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof AnswerPages pages && asked.equals(pages.asked);
  }

  @Override
  public int hashCode() {
    return asked.hashCode();
  }
}
