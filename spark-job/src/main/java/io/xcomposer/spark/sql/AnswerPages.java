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

  private final Seq<Alias> calls;
  private final Seq<Attribute> kept;
  private final LogicalPlan child;

  /**
   * The operator over a plan.
   *
   * @param calls each a named {@link PageCall} without calls inside
   * @param kept columns of the child that the output has in front of the results
   */
  public AnswerPages(Seq<Alias> calls, Seq<Attribute> kept, LogicalPlan child) {
    this.calls = calls;
    this.kept = kept;
    this.child = child;
  }

  List<Alias> calls() {
    return ScalaSeq.list(calls);
  }

  List<Attribute> kept() {
    return ScalaSeq.list(kept);
  }

  LogicalPlan child() {
    return child;
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
    return new AnswerPages(calls, ScalaSeq.of(columns), child);
  }

  AnswerPages over(LogicalPlan newChild) {
    return new AnswerPages(calls, kept, newChild);
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
    return ScalaSeq.of(child);
  }

  @Override
  public LogicalPlan withNewChildrenInternal(IndexedSeq<LogicalPlan> newChildren) {
    return over(newChildren.apply(0));
  }

  @Override
  public int productArity() {
    return 3;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> calls;
      case 1 -> kept;
      case 2 -> child;
      default -> throw new IndexOutOfBoundsException(n);
    };
  }

  @Override
  public boolean canEqual(Object that) {
    return that instanceof AnswerPages;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof AnswerPages pages
        && calls.equals(pages.calls)
        && kept.equals(pages.kept)
        && child.equals(pages.child);
  }

  @Override
  public int hashCode() {
    return java.util.Objects.hash(calls, kept, child);
  }
}
