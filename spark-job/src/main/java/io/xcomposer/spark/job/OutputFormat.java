package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Set;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.execution.datasources.DataSource;
import org.apache.spark.sql.execution.datasources.FileFormat;
import org.apache.spark.sql.execution.datasources.v2.FileDataSourceV2;
import org.apache.spark.sql.types.StructType;

/**
 * A data source to write with.
 *
 * @param files how Spark writes it as plain files; null when it is not one of files, but brings its
 *     own way of committing, as table formats do
 */
record OutputFormat(String name, FileFormat files) {

  /**
   * Looks a data source up.
   *
   * @throws io.xcomposer.model.XComposerException when this Spark has none of that name
   */
  static OutputFormat named(SparkSession spark, String name) {
    try {
      Class<?> source = DataSource.lookupDataSource(name, spark.sessionState().conf());
      Class<?> files = source;
      if (FileDataSourceV2.class.isAssignableFrom(source)) {
        files = ((FileDataSourceV2) instance(source)).fallbackFileFormat();
      }
      return new OutputFormat(
          name, FileFormat.class.isAssignableFrom(files) ? (FileFormat) instance(files) : null);
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      throw Errors.input(
          "--output-format " + name + " is not known to this Spark: " + SparkErrors.firstLine(e),
          "give parquet, orc, json or csv, or add the format's jar with --packages",
          e);
    }
  }

  private static Object instance(Class<?> source) throws ReflectiveOperationException {
    return source.getDeclaredConstructor().newInstance();
  }

  /** Whether Spark writes it as plain files, through Hadoop's committer. */
  boolean isFiles() {
    return files != null;
  }

  /** Whether its files do not say which types their columns have. */
  boolean isText() {
    return Set.of("csv", "json").contains(name.toLowerCase(Locale.ROOT));
  }

  /**
   * Checks that it can hold the columns of an output.
   *
   * @throws io.xcomposer.model.XComposerException naming the columns that it cannot hold, and those
   *     to partition by that there are not
   */
  void requireColumns(StructType schema, OutputPlan plan) {
    for (String column : plan.partitionBy()) {
      Columns.named(schema, column, "--partition-by");
    }
    List<String> refused =
        Arrays.stream(schema.fields())
            .filter(field -> plan.partitionBy().stream().noneMatch(field.name()::equalsIgnoreCase))
            .filter(field -> isFiles() && !files.supportDataType(field.dataType()))
            .map(field -> field.name() + " (" + field.dataType().simpleString() + ")")
            .toList();
    if (!refused.isEmpty()) {
      throw Errors.input(
          plan.name() + " cannot hold " + String.join(", ", refused) + " as " + name,
          "leave the columns out with --columns, or give another --output-format");
    }
  }
}
