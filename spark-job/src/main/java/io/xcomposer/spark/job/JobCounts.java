package io.xcomposer.spark.job;

import static org.apache.spark.sql.functions.coalesce;
import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.count;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.sum;
import static org.apache.spark.sql.functions.when;

import io.xcomposer.model.XComposerException.Kind;
import io.xcomposer.spark.rows.RowError;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.apache.spark.sql.Column;

/**
 * What came of rows: exact, because Spark counts each row of a committed task once, whatever was
 * tried again.
 *
 * @param rows all that went through the engine
 * @param errors of these, by kind; kinds without any are left out
 * @param promptTokens image tokens included
 * @param retries further tries of rows
 */
public record JobCounts(
    long rows,
    Map<String, Long> errors,
    long promptTokens,
    long imageTokens,
    long newTokens,
    long retries) {

  static final JobCounts NONE = new JobCounts(0, Map.of(), 0, 0, 0, 0);

  /** Rows that have taken executors down. */
  private static final String QUARANTINED = "QUARANTINED";

  /** Errors of no known kind. */
  private static final String OTHER = "OTHER";

  private static final List<String> KINDS =
      Stream.concat(
              Arrays.stream(Kind.values()).map(Kind::name),
              Stream.of(RowError.INTERNAL, QUARANTINED))
          .distinct()
          .toList();

  public JobCounts {
    errors = new TreeMap<>(errors);
  }

  /** Rows without an answer. */
  public long failed() {
    return errors.values().stream().mapToLong(Long::longValue).sum();
  }

  /** Both together. */
  public JobCounts plus(JobCounts other) {
    Map<String, Long> all = new TreeMap<>(errors);
    other.errors.forEach((kind, rows) -> all.merge(kind, rows, Long::sum));
    return new JobCounts(
        rows + other.rows,
        all,
        promptTokens + other.promptTokens,
        imageTokens + other.imageTokens,
        newTokens + other.newTokens,
        retries + other.retries);
  }

  /** What Spark has to observe of a table of answers. */
  static List<Column> observed() {
    List<Column> columns = new ArrayList<>();
    columns.add(count(lit(1)).as("rows"));
    columns.add(count(col("error")).as("failed"));
    for (String kind : KINDS) {
      columns.add(count(when(col("error").startsWith(kind + ": "), 1)).as(kind));
    }
    for (String name : List.of("prompt_tokens", "image_tokens", "new_tokens", "retries")) {
      columns.add(coalesce(sum(name), lit(0L)).as(name));
    }
    return columns;
  }

  /** From the values of {@link #observed}. */
  static JobCounts of(Map<String, Object> values) {
    Map<String, Long> errors = new TreeMap<>();
    long others = (long) values.get("failed");
    for (String kind : KINDS) {
      long rows = (long) values.get(kind);
      others -= rows;
      if (rows > 0) {
        errors.put(kind, rows);
      }
    }
    if (others > 0) {
      errors.put(OTHER, others);
    }
    return new JobCounts(
        (long) values.get("rows"),
        errors,
        (long) values.get("prompt_tokens"),
        (long) values.get("image_tokens"),
        (long) values.get("new_tokens"),
        (long) values.get("retries"));
  }
}
