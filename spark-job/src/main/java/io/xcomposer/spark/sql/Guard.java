package io.xcomposer.spark.sql;

import java.util.Optional;
import org.apache.spark.sql.catalyst.expressions.And;
import org.apache.spark.sql.catalyst.expressions.Attribute;
import org.apache.spark.sql.catalyst.expressions.EqualNullSafe;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.GetStructField;
import org.apache.spark.sql.catalyst.expressions.If;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Not;
import org.apache.spark.sql.catalyst.expressions.Or;

/**
 * For which rows an expression needs the value of a call: those for which the branch of a CASE, IF,
 * COALESCE, AND or OR is taken that the call is in.
 *
 * @param condition empty for all rows
 */
record Guard(Optional<Expression> condition) {
  static final Guard ALWAYS = new Guard(Optional.empty());

  /** This and {@code condition} is true. */
  Guard andTrue(Expression condition) {
    return and(new EqualNullSafe(condition, Literal.TrueLiteral()));
  }

  /** This and {@code condition} is false or NULL. */
  Guard andNotTrue(Expression condition) {
    return and(new Not(new EqualNullSafe(condition, Literal.TrueLiteral())));
  }

  /** This and {@code condition} is true or NULL. */
  Guard andNotFalse(Expression condition) {
    return and(new Not(new EqualNullSafe(condition, Literal.FalseLiteral())));
  }

  /** A condition whose value may change between two looks at it guards nothing. */
  Guard and(Expression more) {
    if (!more.deterministic()) {
      return this;
    }
    return new Guard(Optional.of(condition.<Expression>map(c -> new And(c, more)).orElse(more)));
  }

  Guard or(Guard other) {
    if (condition.isEmpty() || other.condition.isEmpty()) {
      return ALWAYS;
    }
    Expression both = condition.get();
    Expression more = other.condition.get();
    return both.semanticEquals(more) ? this : new Guard(Optional.of(new Or(both, more)));
  }

  /** The image where this holds. A column is left as it is, so that calls go on sharing it. */
  Expression overImage(Expression image) {
    return isColumn(image) ? image : over(image);
  }

  /** {@code value} where this holds, NULL elsewhere. */
  Expression over(Expression value) {
    if (condition.isEmpty()) {
      return value;
    }
    return new If(condition.get(), value, Literal.create(null, value.dataType()));
  }

  private static boolean isColumn(Expression value) {
    return value instanceof Attribute
        || (value instanceof GetStructField field && isColumn(field.child()));
  }
}
