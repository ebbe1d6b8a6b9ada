package io.xcomposer.spark.sql;

import java.io.Serializable;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetArrayStructFields;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenFallback;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import scala.Option;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * {@code ask} and {@code caption}: the text of a {@link PageCall}. The call inside is the same as
 * in {@code ask_struct}, so both share one answer.
 */
public final class AnswerText extends Expression
    implements Unevaluable, CodegenFallback, Serializable {
  private static final long serialVersionUID = 1L;

  private final Expression answers;

  /** Of a call, or of what an operator has made of it. */
  public AnswerText(Expression answers) {
    this.answers = answers;
  }

  Expression answers() {
    return answers;
  }

  /** The texts in Spark's own expressions, for which it generates code. */
  Expression extracted() {
    if (answers.dataType() instanceof ArrayType) {
      return new GetArrayStructFields(
          answers,
          AnswerStruct.TYPE.apply(AnswerStruct.ANSWER),
          AnswerStruct.ANSWER,
          AnswerStruct.TYPE.size(),
          true);
    }
    return new GetStructField(answers, AnswerStruct.ANSWER, Option.apply("answer"));
  }

  @Override
  public Object eval(InternalRow input) {
    return extracted().eval(input);
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    return CodegenFallback.super.doGenCode(context, code);
  }

  @Override
  public Seq<Expression> children() {
    return ScalaSeq.of(answers);
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> newChildren) {
    return new AnswerText(newChildren.apply(0));
  }

  @Override
  public DataType dataType() {
    return answers.dataType() instanceof ArrayType
        ? DataTypes.createArrayType(DataTypes.StringType, true)
        : DataTypes.StringType;
  }

  @Override
  public boolean nullable() {
    return true;
  }

  @Override
  public boolean foldable() {
    return false;
  }

  @Override
  public String prettyName() {
    return answers instanceof PageCall call ? call.label() : "answer_text";
  }

  @Override
  public String toString() {
    return answers instanceof PageCall call
        ? call.written(prettyName(), Object::toString)
        : prettyName() + "(" + answers + ")";
  }

  @Override
  public String sql() {
    return answers instanceof PageCall call
        ? call.written(prettyName(), Expression::sql)
        : prettyName() + "(" + answers.sql() + ")";
  }

  @Override
  public int productArity() {
    return 1;
  }

  @Override
  public Object productElement(int n) {
    return answers;
  }

  @Override
  public boolean canEqual(Object that) {
    return that instanceof AnswerText;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof AnswerText text && answers.equals(text.answers);
  }

  @Override
  public int hashCode() {
    return 31 * answers.hashCode() + 1;
  }
}
