package io.xcomposer.spark.sql;

import io.xcomposer.spark.engine.EngineReports;
import io.xcomposer.spark.rows.LookAhead;
import java.util.ArrayList;
import java.util.List;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Alias;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.AttributeSet;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.SortOrder;
import org.apache.spark.sql.catalyst.plans.physical.Partitioning;
import org.apache.spark.sql.catalyst.plans.physical.UnknownPartitioning;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.execution.metric.SQLMetric;
import org.apache.spark.sql.internal.SessionState$;
import org.apache.spark.sql.types.DataType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Map;
import scala.collection.immutable.Seq;
import scala.reflect.ClassTag$;

/**
 * The operator that answers calls: the rows of a partition go to the executor's engine ahead of the
 * one that is waited for, and come out in their order with the results behind them.
 */
public final class AnswerPagesExec extends SparkPlan {
  private static final long serialVersionUID = 1L;

  /** The names that Spark's events have for the counts that tell how far a query is. */
  public static final String PAGES = "pages";

  public static final String ERRORS = "errors";
  public static final String TOKENS = "tokens out";

  private final AskedRows<SparkPlan> parts;
  private transient AnswerMetrics answerMetrics;
  private transient Map<String, SQLMetric> shownMetrics;
  private transient EngineReports reports;

  /** As {@link AskedRows} says. */
  public AnswerPagesExec(Seq<Alias> calls, Seq<Attribute> kept, SparkPlan child) {
    parts = new AskedRows<>(calls, kept, child);
  }

  private synchronized AnswerMetrics answerMetrics() {
    if (answerMetrics == null) {
      answerMetrics = AnswerMetrics.register(sparkContext());
      shownMetrics = answerMetrics.asScala();
    }
    return answerMetrics;
  }

  /** The engines that have answered; on the driver. */
  public synchronized EngineReports reports() {
    if (reports == null) {
      reports = EngineReports.register(sparkContext());
    }
    return reports;
  }

  /** A metric's sum so far, nanoseconds for a time; 0 where nothing was counted. */
  public long total(String metric) {
    return Math.max(0, metrics().apply(metric).value());
  }

  @Override
  public synchronized Map<String, SQLMetric> metrics() {
    var unused = answerMetrics();
    return shownMetrics;
  }

  @Override
  public RDD<InternalRow> doExecute() {
    // The session's SET fs.… counts; session() itself has another type in Spark 4.
    Configuration hadoop =
        SessionState$.MODULE$.newHadoopConf(sparkContext().hadoopConfiguration(), conf());
    List<PageCall> asked = ScalaSeq.list(parts.calls()).stream().map(AnswerPages::call).toList();
    asked.stream()
        .map(call -> call.settings().engine())
        .distinct()
        .forEach(engine -> engine.checkQuarantine(hadoop));
    AnswerRows answer =
        new AnswerRows(
            CallLayout.of(asked, hadoop),
            ScalaSeq.<Expression>of(ScalaSeq.list(parts.kept())),
            parts.child().output(),
            ScalaSeq.list(output()).stream().map(Attribute::dataType).toArray(DataType[]::new),
            lookAhead(asked),
            answerMetrics(),
            reports(),
            hadoop);
    return parts
        .child()
        .execute()
        .mapPartitionsWithIndex(answer, true, ClassTag$.MODULE$.apply(InternalRow.class));
  }

  /** The narrowest of the calls'. */
  static LookAhead.Bounds lookAhead(List<PageCall> calls) {
    return calls.stream()
        .map(call -> call.settings().lookAhead())
        .reduce(
            (a, b) ->
                new LookAhead.Bounds(Math.min(a.rows(), b.rows()), Math.min(a.bytes(), b.bytes())))
        .orElseThrow();
  }

  @Override
  public Seq<Attribute> output() {
    List<Attribute> all = new ArrayList<>(ScalaSeq.list(parts.kept()));
    ScalaSeq.list(parts.calls()).forEach(call -> all.add(call.toAttribute()));
    return ScalaSeq.of(all);
  }

  @Override
  public AttributeSet producedAttributes() {
    return Columns.set(ScalaSeq.list(parts.calls()).stream().map(Alias::toAttribute).toList());
  }

  @Override
  public Partitioning outputPartitioning() {
    Partitioning ofChild = parts.child().outputPartitioning();
    return ofChild instanceof Expression known && !known.references().subsetOf(outputSet())
        ? new UnknownPartitioning(ofChild.numPartitions())
        : ofChild;
  }

  @Override
  public Seq<SortOrder> outputOrdering() {
    List<SortOrder> known = new ArrayList<>();
    for (SortOrder order : ScalaSeq.list(parts.child().outputOrdering())) {
      if (!order.references().subsetOf(outputSet())) {
        break;
      }
      known.add(order);
    }
    return ScalaSeq.of(known);
  }

  @Override
  public Seq<SparkPlan> children() {
    return ScalaSeq.of(parts.child());
  }

  @Override
  public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> newChildren) {
    return new AnswerPagesExec(parts.calls(), parts.kept(), newChildren.apply(0));
  }

  @Override
  public int productArity() {
    return AskedRows.ARITY;
  }

  @Override
  public Object productElement(int n) {
    return parts.element(n);
  }

  @Override
  public boolean canEqual(Object that) {
    return that instanceof AnswerPagesExec;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof AnswerPagesExec exec && parts.equals(exec.parts);
  }

  @Override
  public int hashCode() {
    return parts.hashCode();
  }
}
