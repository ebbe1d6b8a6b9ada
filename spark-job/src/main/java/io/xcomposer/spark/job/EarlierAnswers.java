package io.xcomposer.spark.job;

import io.xcomposer.model.Errors;
import java.io.IOException;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.apache.hadoop.fs.FileSystem;
import org.apache.hadoop.fs.Path;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.StructField;
import org.apache.spark.sql.types.StructType;

/** What jobs before this one have left in the output, held against what this one would add. */
final class EarlierAnswers {
  private static final int MAX_FINGERPRINTS = 100;

  private final SparkSession spark;
  private final OutputPlan plan;
  private final OutputTable output;
  private final JobSettings settings;

  EarlierAnswers(SparkSession spark, OutputPlan plan, OutputTable output, JobSettings settings) {
    this.spark = spark;
    this.plan = plan;
    this.output = output;
    this.settings = settings;
  }

  /**
   * The rows that are there.
   *
   * @param schema the columns that this job writes
   * @return empty when there is nothing yet
   * @throws io.xcomposer.model.XComposerException when they have other columns, or are to be
   *     completed and have been answered with other settings
   */
  Optional<Dataset<Row>> find(StructType schema) {
    Optional<Dataset<Row>> there = output.read(schema);
    there.ifPresent(
        rows -> {
          requireSameColumns(rows.schema(), schema);
          if (plan.continuation() != Continuation.NONE) {
            requireSettings(rows);
          }
        });
    return there;
  }

  private void requireSameColumns(StructType there, StructType added) {
    Map<String, String> before = types(there);
    Map<String, String> now = types(added);
    List<String> differences =
        java.util.stream.Stream.concat(before.keySet().stream(), now.keySet().stream())
            .distinct()
            .filter(name -> !String.valueOf(before.get(name)).equals(now.get(name)))
            .map(
                name ->
                    name
                        + (before.containsKey(name) ? " is " + before.get(name) : " is missing")
                        + " there and would be "
                        + (now.containsKey(name) ? now.get(name) : "missing"))
            .toList();
    if (!differences.isEmpty()) {
      throw Errors.input(
          plan.name() + " has other columns: " + String.join("; ", differences),
          "give another output, or the input and --columns that it was written with");
    }
  }

  /** Without the columns that are folder names, whose types are guessed from their values. */
  private Map<String, String> types(StructType schema) {
    return Arrays.stream(schema.fields())
        .filter(field -> plan.partitionBy().stream().noneMatch(field.name()::equalsIgnoreCase))
        .collect(
            Collectors.toMap(
                field -> field.name().toLowerCase(Locale.ROOT),
                (StructField field) -> field.dataType().simpleString(),
                (a, b) -> a,
                TreeMap::new));
  }

  private void requireSettings(Dataset<Row> rows) {
    List<String> others =
        rows
            .select(JobSettings.FINGERPRINT)
            .distinct()
            .limit(MAX_FINGERPRINTS)
            .collectAsList()
            .stream()
            .map(row -> String.valueOf(row.get(0)))
            .filter(fingerprint -> !fingerprint.equals(settings.fingerprint()))
            .toList();
    for (String other : others) {
      Optional<JobSettings> known = known(other);
      boolean keysDiffer =
          known.isPresent()
              && !known.get().values().get("key").equals(settings.values().get("key"));
      if (plan.continuation() == Continuation.RESUME || keysDiffer) {
        throw Errors.input(
            plan.name()
                + " has answers with other settings (fingerprint "
                + other
                + ", now "
                + settings.fingerprint()
                + "): "
                + known
                    .map(before -> String.join("; ", settings.differences(before)))
                    .orElse("what differs is not recorded there"),
            keysDiffer
                ? "give the same --key"
                : "give the same settings, another output, or --resume-with-other-settings");
      }
    }
  }

  private Optional<JobSettings> known(String fingerprint) {
    Optional<Path> notes = output.notes();
    if (notes.isEmpty()) {
      return Optional.empty();
    }
    try {
      return JobSettings.read(files(notes.get()), notes.get(), fingerprint);
    } catch (IOException e) {
      return Optional.empty();
    }
  }

  /** Leaves this job's settings for those after it. */
  void recordSettings() {
    output
        .notes()
        .ifPresent(
            notes -> {
              try {
                settings.write(files(notes), notes);
              } catch (IOException e) {
                throw Errors.input(
                    plan.name() + " cannot be written to: " + e.getMessage(),
                    "check the path and the right to write there",
                    e);
              }
            });
  }

  private FileSystem files(Path path) throws IOException {
    return path.getFileSystem(spark.sessionState().newHadoopConf());
  }
}
