package io.xcomposer.spark.sql;

import io.xcomposer.spark.rows.ImageColumn;
import java.io.Serializable;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.spark.TaskContext;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.Expression;
import org.apache.spark.sql.catalyst.expressions.Literal;
import org.apache.spark.sql.catalyst.expressions.Unevaluable;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenContext;
import org.apache.spark.sql.catalyst.expressions.codegen.CodegenFallback;
import org.apache.spark.sql.catalyst.expressions.codegen.ExprCode;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.NullType;
import org.apache.spark.sql.types.StringType;
import scala.collection.immutable.IndexedSeq;
import scala.collection.immutable.Seq;

/**
 * A question, or an array of questions, about an image: {@link AnswerStruct#TYPE} or an array of
 * it. The plan rule {@link LiftPageCalls} takes it out of its expression and puts it into an {@link
 * AnswerPages} below; where it cannot, the call is evaluated row by row.
 *
 * <p>It says of itself that it cannot be evaluated, though it can: the optimizer then doesn't run
 * it on the driver over local tables, and doesn't move it into join conditions.
 */
public final class PageCall extends Expression
    implements Unevaluable, CodegenFallback, Serializable {
  private static final long serialVersionUID = 1L;

  private final String label;
  private final CallSettings settings;
  private final Map<String, String> options;
  private final Seq<Expression> children;
  private transient RowByRow rowByRow;

  /**
   * A call.
   *
   * @param label the function that the user wrote, {@code ask} or {@code caption}; two calls that
   *     differ only in it are equal
   * @param options those of the call, as they are shown
   * @param children image, question, and the row's key if there is one
   */
  public PageCall(
      String label, CallSettings settings, Map<String, String> options, Seq<Expression> children) {
    this.label = label;
    this.settings = settings;
    this.options = options;
    this.children = children;
  }

  Expression image() {
    return children.apply(0);
  }

  Expression question() {
    return children.apply(1);
  }

  /** What the row is known by, null where it is not given. */
  Expression key() {
    return children.size() > 2 ? children.apply(2) : null;
  }

  CallSettings settings() {
    return settings;
  }

  /** Whether the question is an array of questions. */
  boolean asksMany() {
    return question().dataType() instanceof ArrayType;
  }

  /** This call where {@code guard} holds, and NULL elsewhere. */
  PageCall onlyWhere(Guard guard) {
    List<Expression> guarded = new ArrayList<>(ScalaSeq.list(children));
    guarded.set(0, guard.overImage(image()));
    guarded.set(1, guard.over(question()));
    return new PageCall(label, settings, options, ScalaSeq.of(guarded));
  }

  @Override
  public Seq<Expression> children() {
    return children;
  }

  @Override
  public Expression withNewChildrenInternal(IndexedSeq<Expression> newChildren) {
    return new PageCall(label, settings, options, newChildren);
  }

  @Override
  public DataType dataType() {
    return asksMany() ? new ArrayType(AnswerStruct.TYPE, true) : AnswerStruct.TYPE;
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
  public Object eval(InternalRow input) {
    if (rowByRow == null || !rowByRow.isOf(TaskContext.get())) {
      rowByRow = RowByRow.of(this);
    }
    return rowByRow.answer(input);
  }

  @Override
  public ExprCode doGenCode(CodegenContext context, ExprCode code) {
    return CodegenFallback.super.doGenCode(context, code);
  }

  static boolean isQuestion(DataType type) {
    return isText(type) || (type instanceof ArrayType array && isText(array.elementType()));
  }

  private static boolean isText(DataType type) {
    return type instanceof StringType || type instanceof NullType;
  }

  static boolean isImage(DataType type) {
    return type instanceof NullType || ImageColumn.isImage(type);
  }

  @Override
  public String prettyName() {
    return label + "_struct";
  }

  @Override
  public String toString() {
    return written(prettyName(), Object::toString);
  }

  @Override
  public String sql() {
    return written(prettyName(), Expression::sql);
  }

  /** The call as a user would write it. */
  String written(String name, Function<Expression, String> argument) {
    List<String> arguments = new ArrayList<>();
    arguments.add(argument.apply(image()));
    if (!label.equals(PageFunction.CAPTION.sqlName())) {
      arguments.add(argument.apply(question()));
    }
    if (!options.isEmpty() || key() != null) {
      arguments.add(
          new TreeMap<>(options)
              .entrySet().stream()
                  .map(option -> option.getKey() + ", " + option.getValue())
                  .collect(Collectors.joining(", ", "map(", ")")));
    }
    if (key() != null) {
      arguments.add(argument.apply(key()));
    }
    return name + "(" + String.join(", ", arguments) + ")";
  }

  String label() {
    return label;
  }

  /** A text literal as an argument. */
  static Literal text(String text) {
    return Literal.create(text, DataTypes.StringType);
  }

  @Override
  public int productArity() {
    return 4;
  }

  @Override
  public Object productElement(int n) {
    return switch (n) {
      case 0 -> label;
      case 1 -> settings;
      case 2 -> options;
      case 3 -> children;
      default -> throw new IndexOutOfBoundsException(n);
    };
  }

  @Override
  public boolean canEqual(Object that) {
    return that instanceof PageCall;
  }

  @Override
  public boolean equals(Object that) {
    return that instanceof PageCall call
        && settings.equals(call.settings)
        && children.equals(call.children);
  }

  @Override
  public int hashCode() {
    return Objects.hash(settings, children);
  }
}
