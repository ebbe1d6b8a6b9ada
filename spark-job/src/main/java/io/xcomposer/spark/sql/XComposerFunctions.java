package io.xcomposer.spark.sql;

import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.ExperimentalMethods;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.catalyst.FunctionIdentifier;
import org.apache.spark.sql.catalyst.analysis.FunctionRegistry;
import scala.collection.immutable.Seq;

/** The SQL functions for a session that was started without {@link XComposerExtensions}. */
public final class XComposerFunctions {
  private XComposerFunctions() {}

  /** Adds the functions and the operator to a session; a second time changes nothing. */
  public static void register(SparkSession spark) {
    FunctionRegistry functions = spark.sessionState().functionRegistry();
    for (PageFunction function : PageFunction.values()) {
      FunctionIdentifier name = new FunctionIdentifier(function.sqlName());
      if (!functions.functionExists(name)) {
        functions.registerFunction(
            name, FunctionHelp.of(function), arguments -> function.of(ScalaSeq.list(arguments)));
      }
    }
    ExperimentalMethods methods = spark.experimental();
    methods.extraOptimizations_$eq(
        with(methods.extraOptimizations(), LiftPageCalls.class, new LiftPageCalls()));
    methods.extraStrategies_$eq(
        with(methods.extraStrategies(), AnswerPagesStrategy.class, new AnswerPagesStrategy()));
  }

  private static <T> Seq<T> with(Seq<T> there, Class<? extends T> type, T added) {
    if (there.exists(type::isInstance)) {
      return there;
    }
    List<T> all = new ArrayList<>(ScalaSeq.list(there));
    all.add(added);
    return ScalaSeq.of(all);
  }
}
