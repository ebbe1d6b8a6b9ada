package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.CallArguments;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Answers in a table of Spark's catalog. */
final class CatalogTable implements OutputTable {
  private final SparkSession spark;
  private final OutputPlan plan;
  private final OutputFormat format;

  CatalogTable(SparkSession spark, OutputPlan plan) {
    this.spark = spark;
    this.plan = plan;
    String name =
        plan.format() == null
            ? property("Provider").orElse(spark.conf().get("spark.sql.sources.default"))
            : plan.format();
    format = OutputFormat.named(spark, name);
  }

  @Override
  public boolean exists() {
    try {
      return spark.catalog().tableExists(plan.table());
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      throw unusable(e);
    }
  }

  private RuntimeException unusable(Exception e) {
    return Errors.input(
        plan.name() + " cannot be used: " + SparkErrors.firstLine(e),
        "give the name of a table in a database that there is, and the right to write there",
        e);
  }

  /** What DESCRIBE says of the table. */
  private Optional<String> property(String name) {
    if (!exists()) {
      return Optional.empty();
    }
    return spark.sql("DESCRIBE TABLE EXTENDED " + plan.table()).collectAsList().stream()
        .filter(row -> row.getString(0).equals(name) && !row.getString(1).isEmpty())
        .map(row -> row.getString(1))
        .findFirst();
  }

  @Override
  public OutputFormat format() {
    return format;
  }

  @Override
  public Optional<Dataset<Row>> read(StructType schema) {
    return exists() ? Optional.of(spark.table(plan.table())) : Optional.empty();
  }

  @Override
  public Set<String> files() {
    return folder().map(CommittedFiles::all).orElse(Set.of());
  }

  @Override
  public void remove() {
    spark.sql("DROP TABLE " + plan.table());
  }

  @Override
  public void prepare(StructType schema) {
    try {
      if (exists()) {
        folder().ifPresent(CommittedFiles::removeLeftovers);
      } else {
        spark
            .createDataFrame(List.of(), schema)
            .write()
            .mode(SaveMode.ErrorIfExists)
            .format(format.name())
            .options(plan.options())
            .partitionBy(plan.partitionBy().toArray(String[]::new))
            .saveAsTable(plan.table());
      }
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      throw unusable(e);
    }
  }

  /** The folder of a table of files. */
  private Optional<CommittedFiles> folder() {
    return format.isFiles()
        ? property("Location")
            .map(
                place ->
                    new CommittedFiles(
                        plan.name(), new Path(place), spark.sessionState().newHadoopConf()))
        : Optional.empty();
  }

  @Override
  public void append(Dataset<Row> rows) {
    // By name: a table that was there has its own order of columns.
    Column[] columns =
        Arrays.stream(spark.table(plan.table()).columns())
            .map(CallArguments::column)
            .toArray(Column[]::new);
    rows.select(columns).write().mode(SaveMode.Append).insertInto(plan.table());
  }

  @Override
  public void complete() {
    // A table of the catalog has no mark for that.
  }

  @Override
  public Optional<Path> notes() {
    return folder().map(CommittedFiles::notes);
  }
}
