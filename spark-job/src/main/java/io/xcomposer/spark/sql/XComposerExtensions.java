package io.xcomposer.spark.sql;

import org.apache.spark.sql.SparkSessionExtensions;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import scala.Tuple3;
import scala.runtime.AbstractFunction1;
import scala.runtime.BoxedUnit;

/**
 * For {@code spark.sql.extensions}: {@code ask}, {@code ask_struct}, {@code caption} and {@code
 * caption_struct} in every session, and the operator that answers them.
 */
public final class XComposerExtensions
    extends AbstractFunction1<SparkSessionExtensions, BoxedUnit> {
  @Override
  public BoxedUnit apply(SparkSessionExtensions extensions) {
    for (PageFunction function : PageFunction.values()) {
      extensions.injectFunction(
          new Tuple3<>(
              new FunctionIdentifier(function.sqlName()),
              FunctionHelp.of(function),
              arguments -> function.of(ScalaSeq.list(arguments))));
    }
    extensions.injectPreCBORule(session -> new LiftPageCalls());
    extensions.injectPlannerStrategy(session -> new AnswerPagesStrategy());
    return BoxedUnit.UNIT;
  }
}
