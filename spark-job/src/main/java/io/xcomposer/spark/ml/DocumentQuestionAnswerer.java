package io.xcomposer.spark.ml;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.XComposer;
import org.apache.spark.ml.param.Param;
import org.apache.spark.ml.util.DefaultParamsReader;
import org.apache.spark.ml.util.Identifiable$;
import org.apache.spark.ml.util.MLReader;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.types.ArrayType;
import org.apache.spark.sql.types.DataType;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * Answers a question about each image: {@code ask} as a stage. The question is the same for all
 * rows ({@code question}) or a column of strings, or of arrays of strings ({@code questionCol}).
 *
 * <pre>{@code
 * new DocumentQuestionAnswerer()
 *     .setModel("/models/xcomposer2-4khd")
 *     .setQuestion("What is the total?")
 *     .transform(pages)
 * }</pre>
 */
public final class DocumentQuestionAnswerer extends DocumentTransformer<DocumentQuestionAnswerer> {
  private static final long serialVersionUID = 1L;

  public DocumentQuestionAnswerer() {
    this(Identifiable$.MODULE$.randomUID("documentQuestionAnswerer"));
  }

  /** With an id of its own, as Spark makes it when it loads a stage. */
  public DocumentQuestionAnswerer(String uid) {
    super(uid);
    setDefault(imageCol(), "image");
    setDefault(outputCol(), "answer");
  }

  /** A stage that was saved. */
  public static DocumentQuestionAnswerer load(String path) {
    return read().load(path);
  }

  /** The reader that Spark's pipelines look for. */
  public static MLReader<DocumentQuestionAnswerer> read() {
    return new DefaultParamsReader<>();
  }

  /** The question for all rows. */
  public Param<String> question() {
    return own("question", "question for all rows; this or questionCol");
  }

  /** The column with a question, or an array of questions, for each row. */
  public Param<String> questionCol() {
    return own("questionCol", "column of questions (string or array of strings); this or question");
  }

  public DocumentQuestionAnswerer setQuestion(String value) {
    return with(question(), value);
  }

  public DocumentQuestionAnswerer setQuestionCol(String value) {
    return with(questionCol(), value);
  }

  @Override
  Column result(XComposer reader, Column image) {
    Column question =
        isSet(question())
            ? functions.lit(getOrDefault(question()))
            : functions.col(getOrDefault(questionCol()));
    return reader.askStruct(image, question);
  }

  @Override
  DataType outputType(StructType schema) {
    if (isSet(question()) == isSet(questionCol())) {
      throw Errors.option(
          uid() + ": question and questionCol are " + (isSet(question()) ? "both" : "not") + " set",
          "set one of them");
    }
    if (isSet(question())) {
      return DataTypes.StringType;
    }
    StructField field = column(schema, questionCol());
    boolean many =
        field.dataType() instanceof ArrayType array
            && array.elementType().equals(DataTypes.StringType);
    if (!many && !field.dataType().equals(DataTypes.StringType)) {
      throw Errors.input(
          uid()
              + ": question column '"
              + field.name()
              + "' has type "
              + field.dataType().simpleString(),
          "give a column of strings or of arrays of strings");
    }
    return many ? DataTypes.createArrayType(DataTypes.StringType) : DataTypes.StringType;
  }
}
