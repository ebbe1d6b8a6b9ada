package io.xcomposer.spark.job;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Errors;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.Request;
import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.conf.PromptSettings;
import io.xcomposer.spark.rows.ImageColumn;
import java.io.Serializable;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Input row to {@link Request}, and {@link Answer} or error to output row. An output row is the
 * input row and behind it {@link #ANSWER_COLUMNS}; of those either {@code error} is null or all the
 * others are.
 */
final class RowCodec implements Serializable {
  private static final long serialVersionUID = 1L;

  /** What a job adds to its input. */
  static final List<StructField> ANSWER_COLUMNS =
      List.of(
          DataTypes.createStructField("answer", DataTypes.StringType, true),
          DataTypes.createStructField("finish_reason", DataTypes.StringType, true),
          DataTypes.createStructField("prompt_tokens", DataTypes.IntegerType, true),
          DataTypes.createStructField("image_tokens", DataTypes.IntegerType, true),
          DataTypes.createStructField("new_tokens", DataTypes.IntegerType, true),
          DataTypes.createStructField("confidence", DataTypes.DoubleType, true),
          DataTypes.createStructField("error", DataTypes.StringType, true),
          DataTypes.createStructField("error_class", DataTypes.StringType, true),
          DataTypes.createStructField("retries", DataTypes.IntegerType, true));

  private final StructType inputSchema;
  private final int imageIndex;
  private final ImageColumn imageColumn;
  private final Question question;
  private final int questionIndex;
  private final PromptSettings prompt;
  private final GenerationOptions generation;

  /**
   * Checks the input's columns; on the driver.
   *
   * @param maxImagePixels images that come as pixels with more than these are refused
   * @throws XComposerException when a column is missing, has a type that does not fit, or has the
   *     name of an output column
   */
  RowCodec(
      StructType inputSchema,
      String imageName,
      Question question,
      PromptSettings prompt,
      GenerationOptions generation,
      long maxImagePixels,
      Configuration hadoop) {
    this.inputSchema = inputSchema;
    this.question = question;
    this.prompt = prompt;
    this.generation = generation;
    requireFreeNames(inputSchema);
    imageIndex = indexOf(inputSchema, imageName, "image-column");
    imageColumn = ImageColumn.of(inputSchema.fields()[imageIndex], maxImagePixels, hadoop);
    questionIndex =
        question instanceof Question.Column column ? questionIndex(inputSchema, column.name()) : -1;
  }

  StructType outputSchema() {
    StructField[] input = inputSchema.fields();
    StructField[] all = Arrays.copyOf(input, input.length + ANSWER_COLUMNS.size());
    for (int i = 0; i < ANSWER_COLUMNS.size(); i++) {
      all[input.length + i] = ANSWER_COLUMNS.get(i);
    }
    return new StructType(all);
  }

  /**
   * The request of a row.
   *
   * @throws XComposerException for a row without image or question
   */
  Request request(Row row) {
    if (row.isNullAt(imageIndex)) {
      throw Errors.image(
          "image column '" + inputSchema.fields()[imageIndex].name() + "' is null in this row",
          "give an image or filter the row out");
    }
    return prompt.ask(
        List.of(imageColumn.read(row.get(imageIndex))), questionOf(row), List.of(), generation);
  }

  private String questionOf(Row row) {
    if (question instanceof Question.Constant constant) {
      return constant.text();
    }
    if (row.isNullAt(questionIndex)) {
      throw Errors.prompt(
          "question column '"
              + inputSchema.fields()[questionIndex].name()
              + "' is null in this row",
          "give a question or filter the row out");
    }
    return row.getString(questionIndex);
  }

  Row answered(Row row, Answer answer) {
    return extended(
        row,
        answer.text(),
        answer.finishReason().name().toLowerCase(Locale.ROOT),
        answer.promptTokens(),
        answer.imageTokens(),
        answer.tokenIds().size(),
        answer.confidence().mean(),
        null,
        null,
        0);
  }

  /**
   * The row with {@code error} = {@code KIND: message}: the kind of an {@link XComposerException},
   * or {@code INTERNAL} for anything that is not the row's fault.
   */
  Row failed(Row row, Exception error) {
    String kind = error instanceof XComposerException known ? known.kind().name() : "INTERNAL";
    String message =
        error instanceof XComposerException
            ? error.getMessage()
            : error.getClass().getName() + ": " + error.getMessage();
    return extended(
        row,
        null,
        null,
        null,
        null,
        null,
        null,
        kind + ": " + message,
        error.getClass().getName(),
        0);
  }

  private Row extended(Row row, Object... added) {
    Object[] values = new Object[row.size() + added.length];
    for (int i = 0; i < row.size(); i++) {
      values[i] = row.get(i);
    }
    System.arraycopy(added, 0, values, row.size(), added.length);
    return RowFactory.create(values);
  }

  private static void requireFreeNames(StructType schema) {
    List<String> taken =
        Arrays.stream(schema.fieldNames())
            .filter(
                name ->
                    ANSWER_COLUMNS.stream().anyMatch(added -> added.name().equalsIgnoreCase(name)))
            .toList();
    if (!taken.isEmpty()) {
      throw Errors.input(
          "the input already has the output's columns " + String.join(", ", taken),
          "rename or drop them in the input");
    }
  }

  private static int questionIndex(StructType schema, String name) {
    int index = indexOf(schema, name, "question-column");
    StructField field = schema.fields()[index];
    if (!field.dataType().equals(DataTypes.StringType)) {
      throw Errors.input(
          "question column '" + field.name() + "' has type " + field.dataType().simpleString(),
          "give a column of strings");
    }
    return index;
  }

  /** Names match as in Spark SQL: without regard to case, an exact match first. */
  private static int indexOf(StructType schema, String name, String option) {
    String[] names = schema.fieldNames();
    int exact = Arrays.asList(names).indexOf(Objects.requireNonNull(name));
    if (exact >= 0) {
      return exact;
    }
    for (int i = 0; i < names.length; i++) {
      if (names[i].equalsIgnoreCase(name)) {
        return i;
      }
    }
    throw Errors.input(
        "the input has no column '" + name + "'",
        "give " + option + " one of " + String.join(", ", names));
  }
}
