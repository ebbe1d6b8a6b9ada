package io.xcomposer.spark.job;

import static org.apache.spark.sql.functions.call_udf;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.when;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.AnswerColumns;
import io.xcomposer.spark.CallArguments;
import io.xcomposer.spark.rows.RowError;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/**
 * Answers with the SQL function {@code ask_struct}, and gives rows without image or question, which
 * are NULL there, an error: a job answers for every row.
 */
final class SqlAnswering {
  private final String imageColumn;
  private final Question question;
  private final Map<String, String> options;

  /**
   * The way of a job.
   *
   * @param options keys of the configuration, whole, with their values
   */
  SqlAnswering(String imageColumn, Question question, Map<String, String> options) {
    this.imageColumn = imageColumn;
    this.question = question;
    this.options = Map.copyOf(options);
  }

  /** The same with other options. */
  SqlAnswering with(Map<String, String> otherOptions) {
    return new SqlAnswering(imageColumn, question, otherOptions);
  }

  /**
   * Adds {@link AnswerColumns} to a table of pages with keys.
   *
   * @throws XComposerException when its columns have types that do not fit
   */
  Dataset<Row> answer(Dataset<Row> pages) {
    Column image = CallArguments.column(imageColumn);
    Column text =
        question instanceof Question.Constant constant
            ? lit(constant.text())
            : CallArguments.column(((Question.Column) question).name());
    Column result =
        call_udf("ask_struct", image, text, CallArguments.options(options), col(RowKeys.KEY));
    Dataset<Row> answered = AnswerColumns.addTo(pages, result);
    // A row that was asked has them. A look at the image would keep its bytes until the answer.
    Column notAsked = col("retries").isNull();
    Column noQuestion = notAsked.and(text.isNull());
    return answered
        .withColumn(
            "error",
            when(noQuestion, written(questionError()))
                .when(notAsked, written(imageError()))
                .otherwise(col("error")))
        .withColumn(
            "error_class",
            when(noQuestion, lit(questionError().kind().name()))
                .when(notAsked, lit(imageError().kind().name()))
                .otherwise(col("error_class")));
  }

  private XComposerException imageError() {
    return Errors.image(
        "image column '" + imageColumn + "' is null in this row",
        "give an image or filter the row out");
  }

  private XComposerException questionError() {
    String name = question instanceof Question.Column column ? " '" + column.name() + "'" : "";
    return Errors.prompt(
        "question column" + name + " is null in this row", "give a question or filter the row out");
  }

  private static Column written(XComposerException error) {
    return lit(RowError.of(error).toString());
  }
}
