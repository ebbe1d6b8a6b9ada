package io.xcomposer.spark.sql;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.conf.ConfKeys;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.catalyst.expressions.Expression;

/** An SQL function about pages: makes its call from the arguments when a query is analysed. */
enum PageFunction {
  ASK("ask", "image, question [, options]", 2, 3),
  ASK_STRUCT("ask_struct", "image, question [, options [, key]]", 2, 4),
  CAPTION("caption", "image [, options]", 1, 2),
  CAPTION_STRUCT("caption_struct", "image [, options [, key]]", 1, 3);

  private final String sqlName;
  private final String parameters;
  private final int minArguments;
  private final int maxArguments;

  PageFunction(String sqlName, String parameters, int minArguments, int maxArguments) {
    this.sqlName = sqlName;
    this.parameters = parameters;
    this.minArguments = minArguments;
    this.maxArguments = maxArguments;
  }

  String sqlName() {
    return sqlName;
  }

  private boolean asks() {
    return this == ASK || this == ASK_STRUCT;
  }

  private boolean givesStruct() {
    return this == ASK_STRUCT || this == CAPTION_STRUCT;
  }

  /**
   * The expression of a call.
   *
   * @throws io.xcomposer.model.XComposerException when there are too few or too many arguments, one
   *     has a type that does not fit, or an option or key of the session is wrong
   */
  Expression of(List<Expression> arguments) {
    if (arguments.size() < minArguments || arguments.size() > maxArguments) {
      throw Errors.input(
          sqlName + " was called with " + arguments.size() + " argument(s)", "call " + signature());
    }
    Expression image = arguments.get(0);
    requireType(PageCall.isImage(image.dataType()), "image", image, IMAGE_TYPES);
    List<Expression> children = new ArrayList<>(List.of(image));
    int next = 1;
    if (asks()) {
      Expression question = arguments.get(next++);
      requireType(
          PageCall.isQuestion(question.dataType()),
          "question",
          question,
          "STRING or ARRAY<STRING>");
      children.add(question);
    }
    Map<String, String> options =
        next < arguments.size() ? CallOptions.read(sqlName, arguments.get(next++)) : Map.of();
    CallOptions.Settled settled = CallOptions.settle(options);
    if (!asks()) {
      children.add(PageCall.text(settled.conf().get(ConfKeys.CAPTION_PROMPT)));
    }
    if (next < arguments.size()) {
      children.add(arguments.get(next));
    }
    PageCall call =
        new PageCall(
            asks() ? ASK.sqlName : CAPTION.sqlName,
            settled.settings(),
            options,
            ScalaSeq.of(children));
    return givesStruct() ? call : new AnswerText(call);
  }

  private static final String IMAGE_TYPES =
      "BINARY (file contents), STRING (path) or Spark's image type (STRUCT with height, width,"
          + " nChannels, data)";

  private void requireType(boolean fits, String parameter, Expression argument, String allowed) {
    if (!fits) {
      throw Errors.input(
          "the %s of %s, %s, has the type %s"
              .formatted(parameter, sqlName, argument.sql(), argument.dataType().sql()),
          "give " + allowed);
    }
  }

  String signature() {
    return sqlName + "(" + parameters + ")";
  }
}
