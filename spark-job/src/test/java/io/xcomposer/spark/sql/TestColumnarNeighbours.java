package io.xcomposer.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.FakeEngine;
import io.xcomposer.spark.LocalSpark;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.rdd.RDD;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.rules.Rule;
import org.apache.spark.sql.execution.ColumnarRule;
import org.apache.spark.sql.execution.FilterExec;
import org.apache.spark.sql.execution.ProjectExec;
import org.apache.spark.sql.execution.SparkPlan;
import org.apache.spark.sql.vectorized.ColumnarBatch;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;
import scala.runtime.BoxedUnit;

/**
 * Beside an accelerator that makes the operators it knows columnar, as RAPIDS does, ours stays one
 * of rows and everything around it is the accelerator's (docs/decisions/0006).
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class TestColumnarNeighbours {
  private SparkSession spark;

  @BeforeAll
  void openASessionWithAnAccelerator() {
    LocalSpark.session()
        .range(3)
        .selectExpr("id", "CAST(concat('page', id) AS BINARY) image", "concat('q', id) question")
        .write()
        .mode("overwrite")
        .parquet("target/test-tables/accelerated");
    SparkSession.clearActiveSession();
    SparkSession.clearDefaultSession();
    spark =
        SparkSession.builder()
            .withExtensions(new XComposerExtensions())
            .withExtensions(
                extensions -> {
                  extensions.injectColumnar(session -> new Accelerator());
                  return BoxedUnit.UNIT;
                })
            .getOrCreate();
    spark.conf().set("spark.sql.adaptive.enabled", "false");
    spark.conf().set("spark.xcomposer.model", "/models/accelerated");
    spark.conf().set("spark.xcomposer.engineOpener", FakeEngine.Opener.class.getName());
    spark.read().parquet("target/test-tables/accelerated").createOrReplaceTempView("pages");
  }

  @AfterAll
  void forgetIt() {
    SparkSession.clearActiveSession();
    SparkSession.clearDefaultSession();
  }

  private List<String> operators(String query) {
    List<String> names = new ArrayList<>();
    SparkPlan plan = spark.sql(query).queryExecution().executedPlan();
    while (true) {
      // A range of fused operators is shown by its operators.
      if (!plan.getClass().getSimpleName().matches("WholeStageCodegenExec|InputAdapter")) {
        names.add(plan.getClass().getSimpleName());
      }
      if (plan.children().isEmpty()) {
        return names;
      }
      plan = plan.children().apply(0);
    }
  }

  @Test
  void rowsAreMadeBelowOurOperatorAndColumnsAgainAboveIt() {
    assertThat(
            operators(
                "SELECT upper(ask(image, question)) FROM pages"
                    + " WHERE id > 0 AND ask(image, question) LIKE 'p%'"))
        .containsExactly(
            "ColumnarToRowExec",
            "Accelerated", // upper(..)
            "Accelerated", // .. LIKE 'p%'
            "RowToColumnarExec",
            "AnswerPagesExec",
            "ColumnarToRowExec",
            "Accelerated", // image, question
            "Accelerated", // id > 0
            "FileSourceScanExec");
  }

  @Test
  void theImageIsNotGivenToTheOperatorsAbove() {
    SparkPlan plan =
        spark.sql("SELECT upper(ask(image, question)) FROM pages").queryExecution().executedPlan();
    while (!(plan instanceof AnswerPagesExec)) {
      plan = plan.children().apply(0);
    }

    assertThat(ScalaSeq.list(plan.output())).extracting(Attribute::name).doesNotContain("image");
  }

  /** Takes projections and filters, and leaves what it doesn't know where it is. */
  private static final class Accelerator extends ColumnarRule {
    @Override
    public Rule<SparkPlan> preColumnarTransitions() {
      return new Rule<>() {
        @Override
        public SparkPlan apply(SparkPlan plan) {
          List<SparkPlan> children = new ArrayList<>();
          ScalaSeq.list(plan.children()).forEach(child -> children.add(apply(child)));
          return plan instanceof ProjectExec || plan instanceof FilterExec
              ? new Accelerated(plan.output(), children.get(0))
              : plan.withNewChildren(ScalaSeq.of(children));
        }
      };
    }
  }

  /** Stands for an operator on a GPU; is planned and never run. */
  private static final class Accelerated extends SparkPlan {
    private static final long serialVersionUID = 1L;

    private final Seq<Attribute> output;
    private final SparkPlan child;

    Accelerated(Seq<Attribute> output, SparkPlan child) {
      this.output = output;
      this.child = child;
    }

    @Override
    public boolean supportsColumnar() {
      return true;
    }

    @Override
    public RDD<ColumnarBatch> doExecuteColumnar() {
      throw new UnsupportedOperationException("planned only");
    }

    @Override
    public RDD<InternalRow> doExecute() {
      throw new UnsupportedOperationException("planned only");
    }

    @Override
    public Seq<Attribute> output() {
      return output;
    }

    @Override
    public Seq<SparkPlan> children() {
      return ScalaSeq.of(child);
    }

    @Override
    public SparkPlan withNewChildrenInternal(IndexedSeq<SparkPlan> newChildren) {
      return new Accelerated(output, newChildren.apply(0));
    }

    @Override
    public int productArity() {
      return 2;
    }

    @Override
    public Object productElement(int n) {
      return n == 0 ? output : child;
    }

    @Override
    public boolean canEqual(Object that) {
      return that instanceof Accelerated;
    }
  }
}
