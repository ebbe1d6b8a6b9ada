package io.xcomposer.spark.sql;

import io.xcomposer.model.Answer;
import io.xcomposer.spark.rows.Outcome;
import io.xcomposer.spark.rows.RowError;
import java.util.Locale;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.catalyst.expressions.GenericInternalRow;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.apache.spark.unsafe.types.UTF8String;

/** What a question becomes: an answer with its numbers, or an error. */
final class AnswerStruct {
  static final StructType TYPE =
      new StructType()
          .add("answer", DataTypes.StringType)
          .add("finish_reason", DataTypes.StringType)
          .add("tokens", DataTypes.IntegerType)
          .add("confidence", DataTypes.DoubleType)
          .add("error", DataTypes.StringType)
          .add("error_class", DataTypes.StringType)
          .add("retries", DataTypes.IntegerType)
          .add("prompt_tokens", DataTypes.IntegerType)
          .add("image_tokens", DataTypes.IntegerType);

  /** Where the text of the answer is. */
  static final int ANSWER = 0;

  private AnswerStruct() {}

  /** Null for what was not asked. */
  static InternalRow of(Outcome outcome) {
    if (outcome instanceof Outcome.Answered answered) {
      Answer answer = answered.answer();
      return new GenericInternalRow(
          new Object[] {
            utf8(answer.text()),
            utf8(answer.finishReason().name().toLowerCase(Locale.ROOT)),
            answer.tokenIds().size(),
            answer.confidence().mean(),
            null,
            null,
            answered.retries(),
            answer.promptTokens(),
            answer.imageTokens()
          });
    }
    if (outcome instanceof Outcome.Failed failed) {
      RowError error = failed.error();
      return new GenericInternalRow(
          new Object[] {
            null,
            null,
            null,
            null,
            utf8(error.toString()),
            utf8(error.kind()),
            failed.retries(),
            null,
            null
          });
    }
    return null;
  }

  private static UTF8String utf8(String text) {
    return UTF8String.fromString(text);
  }
}
