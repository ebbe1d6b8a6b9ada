package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SaveMode;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Answers in the files of a folder, or in a table format that is known by its folder. */
final class OutputFolder implements OutputTable {
  private static final String DEFAULT_FORMAT = "parquet";

  private final SparkSession spark;
  private final OutputPlan plan;
  private final OutputFormat format;
  private final CommittedFiles files;

  OutputFolder(SparkSession spark, OutputPlan plan) {
    this.spark = spark;
    this.plan = plan;
    format = OutputFormat.named(spark, plan.format() == null ? DEFAULT_FORMAT : plan.format());
    files =
        new CommittedFiles(
            plan.name(), new Path(plan.path()), spark.sessionState().newHadoopConf());
  }

  @Override
  public boolean exists() {
    return files.exists();
  }

  @Override
  public OutputFormat format() {
    return format;
  }

  @Override
  public Optional<Dataset<Row>> read(StructType schema) {
    if (!files.hasFiles()) {
      return Optional.empty();
    }
    try {
      var reader = spark.read().format(format.name()).options(plan.options());
      if (format.isText()) {
        reader = reader.schema(schema);
      }
      return Optional.of(reader.load(plan.path()));
    } catch (Exception e) { // Spark throws checked exceptions without declaring them
      throw Errors.input(
          plan.name()
              + " is there, but cannot be read as "
              + format.name()
              + ": "
              + SparkErrors.firstLine(e),
          "give the --output-format that it was written with, or another folder",
          e);
    }
  }

  @Override
  public Set<String> files() {
    return format.isFiles() ? files.all() : Set.of();
  }

  @Override
  public void remove() {
    files.remove();
  }

  @Override
  public void prepare(StructType schema) {
    if (format.isFiles()) {
      files.removeLeftovers();
    }
  }

  @Override
  public void append(Dataset<Row> rows) {
    rows.write()
        .mode(SaveMode.Append)
        .format(format.name())
        .options(plan.options())
        .partitionBy(plan.partitionBy().toArray(String[]::new))
        .save(plan.path());
  }

  @Override
  public void complete() {
    if (format.isFiles()) {
      files.markComplete();
    }
  }

  @Override
  public Optional<Path> notes() {
    return Optional.of(files.notes());
  }
}
