package io.xcomposer.spark.job;

import java.util.Optional;
import java.util.Set;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructType;

/** Where the answers go: a folder or a table. Used by the driver only. */
sealed interface OutputTable permits OutputFolder, CatalogTable {

  /**
   * The output of a plan; nothing of it is read yet.
   *
   * @throws io.xcomposer.model.XComposerException when its format is not known
   */
  static OutputTable of(SparkSession spark, OutputPlan plan) {
    return plan.path() == null ? new CatalogTable(spark, plan) : new OutputFolder(spark, plan);
  }

  /** Whether there is something at its place, if only an empty folder. */
  boolean exists();

  /** How it is written. */
  OutputFormat format();

  /**
   * What was committed to it.
   *
   * @param schema the columns that it should have, for formats whose files do not say
   * @return empty when there is nothing
   * @throws io.xcomposer.model.XComposerException when it cannot be read
   */
  Optional<Dataset<Row>> read(StructType schema);

  /** Its files as they are now, none for a format that commits in its own way. */
  Set<String> files();

  /** Removes it. */
  void remove();

  /** Makes it ready for {@link #append}: what a killed job did not commit is removed. */
  void prepare(StructType schema);

  /** Adds rows and commits them. */
  void append(Dataset<Row> rows);

  /** Says that it is whole. */
  void complete();

  /**
   * A folder for what goes with the output; no reader takes it for a part of that.
   *
   * @return empty for a table of which no folder is known
   */
  Optional<Path> notes();
}
