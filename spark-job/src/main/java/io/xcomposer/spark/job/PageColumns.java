package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.AnswerColumns;
import io.xcomposer.spark.CallArguments;
import io.xcomposer.spark.rows.ImageColumn;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/**
 * What a job needs of its input's columns.
 *
 * @param pages only the columns that are needed
 * @param kept names of those that the output has
 */
record PageColumns(Dataset<Row> pages, StructField image, List<String> kept) {

  /**
   * Checks the columns that a plan names.
   *
   * @throws io.xcomposer.model.XComposerException when one is missing, has a type that does not
   *     fit, or the name of one that is added to it
   */
  static PageColumns of(InputTable input, AnswerPlan plan) {
    StructType schema = input.pages().schema();
    requireDistinct(schema);
    StructField image = Columns.named(schema, input.imageColumn(), "--image-column");
    requireImage(image);
    List<String> kept =
        plan.input().columns().isEmpty()
            ? List.of(schema.fieldNames())
            : plan.input().columns().stream()
                .map(name -> Columns.named(schema, name, "--columns").name())
                .distinct()
                .toList();
    Set<String> needed = new LinkedHashSet<>(kept);
    needed.add(image.name());
    if (plan.question() instanceof Question.Column column) {
      needed.add(questionColumn(schema, column.name()));
    }
    plan.keyColumns().forEach(name -> needed.add(Columns.named(schema, name, "--key").name()));
    Dataset<Row> pages =
        input.pages().select(needed.stream().map(CallArguments::column).toArray(Column[]::new));
    Columns.requireFree(pages.schema(), added());
    return new PageColumns(pages, image, kept);
  }

  private static void requireImage(StructField image) {
    if (!ImageColumn.isImage(image.dataType())) {
      throw Errors.input(
          "image column '" + image.name() + "' has type " + image.dataType().simpleString(),
          "give a column of file contents (binary), of paths (string), or of Spark's image type");
    }
  }

  private static List<String> added() {
    return Stream.concat(
            AnswerColumns.names().stream(), Stream.of(RowKeys.KEY, JobSettings.FINGERPRINT))
        .toList();
  }

  private static void requireDistinct(StructType schema) {
    List<String> seen = new ArrayList<>();
    for (String name : schema.fieldNames()) {
      if (seen.stream().anyMatch(name::equalsIgnoreCase)) {
        throw Errors.input("the input has two columns '" + name + "'", "rename one of them");
      }
      seen.add(name);
    }
  }

  private static String questionColumn(StructType schema, String name) {
    StructField field = Columns.named(schema, name, "--question-column");
    if (!field.dataType().equals(DataTypes.StringType)) {
      throw Errors.input(
          "question column '" + field.name() + "' has type " + field.dataType().simpleString(),
          "give a column of strings");
    }
    return field.name();
  }
}
