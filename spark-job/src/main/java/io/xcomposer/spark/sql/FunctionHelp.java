package io.xcomposer.spark.sql;

import org.apache.spark.sql.catalyst.expressions.ExpressionInfo;

/** What {@code DESCRIBE FUNCTION EXTENDED} says. */
final class FunctionHelp {
  private static final String IMAGE =
      """

          * image - the page: file contents (BINARY), a path (STRING), or Spark's image type
            (STRUCT). NULL gives NULL.""";

  private static final String QUESTION =
      """

          * question - a STRING, or an ARRAY of them, which gives an array of answers in the same
            order and reads the page once. NULL gives NULL.""";

  private static final String OPTIONS =
      """

          * options - constants that hold for this call instead of the session's settings, by the
            names in spark.xcomposer.*: map('maxNewTokens', '64', 'hdNum', '25').""";

  private static final String KEY =
      """

          * key - what the row is known by in error messages and in the quarantine; any type.""";

  private static final String STRUCT_NOTE =
      """

        The struct is answer STRING, finish_reason STRING ('eos' or 'length'), tokens INT,
        confidence DOUBLE (0 to 1), error STRING ('KIND: message'), error_class STRING (the kind),
        retries INT, prompt_tokens INT, image_tokens INT. Where there is an error, the answer and
        its numbers are NULL.
      """;

  private static final String TEXT_NOTE =
      """

        A page that cannot be answered gives NULL, or what spark.xcomposer.mode says; %s says why.
        All calls on a page in a query are answered together, and the page is read once. Set
        spark.xcomposer.model to the checkpoint first.
      """;

  private FunctionHelp() {}

  static ExpressionInfo of(PageFunction function) {
    return switch (function) {
      case ASK ->
          info(
              function,
              "The model's answer to a question about a page.",
              IMAGE + QUESTION + OPTIONS,
              """
                  > SELECT _FUNC_(image, 'What is the total?') FROM pages;
                   128.40 EUR
                  > SELECT _FUNC_(image, array('Who sent it?', 'When?')) FROM pages;
                   ["Miller & Sons","2024-03-01"]
                  > SELECT id FROM pages WHERE _FUNC_(image, 'Is it an invoice?') LIKE 'Yes%';
                   17
              """,
              TEXT_NOTE.formatted("ask_struct"));
      case ASK_STRUCT ->
          info(
              function,
              "The model's answer to a question about a page, with its numbers or the error.",
              IMAGE + QUESTION + OPTIONS + KEY,
              """
                  > SELECT _FUNC_(image, 'What is the total?').confidence FROM pages;
                   0.97
                  > SELECT id, a.error FROM (SELECT id, _FUNC_(image, 'What is it?', map(), id) a
                      FROM pages) WHERE a.error_class = 'IMAGE';
                   4711  IMAGE: the image has no bytes. ...
              """,
              STRUCT_NOTE);
      case CAPTION ->
          info(
              function,
              "The model's description of a page: the answer to spark.xcomposer.captionPrompt.",
              IMAGE + OPTIONS,
              """
                  > SELECT _FUNC_(image) FROM pages;
                   A letter about ...
              """,
              TEXT_NOTE.formatted("caption_struct"));
      case CAPTION_STRUCT ->
          info(
              function,
              "The model's description of a page, with its numbers or the error.",
              IMAGE + OPTIONS + KEY,
              """
                  > SELECT c.answer, c.tokens FROM (SELECT _FUNC_(image) c FROM pages);
                   A letter about ...  57
              """,
              STRUCT_NOTE);
    };
  }

  private static ExpressionInfo info(
      PageFunction function, String usage, String arguments, String examples, String note) {
    return new ExpressionInfo(
        PageCall.class.getName(),
        null,
        function.sqlName(),
        function.signature().replace(function.sqlName(), "_FUNC_") + " - " + usage,
        "\n    Arguments:\n" + arguments.strip().indent(6) + "  ",
        "\n    Examples:\n" + examples.indent(2) + "  ",
        note.indent(4) + "  ",
        "",
        "0.1.0",
        "",
        "scala_udf");
  }
}
