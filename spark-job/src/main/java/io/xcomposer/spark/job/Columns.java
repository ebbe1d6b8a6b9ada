package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** Names of columns as in Spark SQL: without regard to case, an exact match first. */
final class Columns {
  private Columns() {}

  /**
   * The field that a name means.
   *
   * @param option the option that gave the name, for the message
   * @throws io.xcomposer.model.XComposerException when there is none
   */
  static StructField named(StructType schema, String name, String option) {
    return Arrays.stream(schema.fields())
        .filter(field -> field.name().equals(name))
        .findFirst()
        .or(
            () ->
                Arrays.stream(schema.fields())
                    .filter(field -> field.name().equalsIgnoreCase(name))
                    .findFirst())
        .orElseThrow(
            () ->
                Errors.input(
                    "the input has no column '" + name + "'",
                    "give " + option + " one of " + String.join(", ", schema.fieldNames())));
  }

  /**
   * Refuses a table that has columns with the names of those that are added to it.
   *
   * @throws io.xcomposer.model.XComposerException naming them all
   */
  static void requireFree(StructType schema, List<String> added) {
    List<String> taken =
        Arrays.stream(schema.fieldNames())
            .filter(name -> added.contains(name.toLowerCase(Locale.ROOT)))
            .toList();
    if (!taken.isEmpty()) {
      throw Errors.input(
          "the input already has the output's columns " + String.join(", ", taken),
          "rename them in the input, or leave them out with --columns");
    }
  }
}
