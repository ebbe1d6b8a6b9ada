package io.xcomposer.spark.job;

import static org.apache.spark.sql.functions.col;
import static org.apache.spark.sql.functions.lit;
import static org.apache.spark.sql.functions.raise_error;
import static org.apache.spark.sql.functions.when;

import io.xcomposer.spark.AnswerColumns;
import io.xcomposer.spark.CallArguments;
import io.xcomposer.spark.conf.ErrorMode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Observation;
import org.apache.spark.sql.Row;

/**
 * Pages to rows of the output: the input's columns that are kept, the answer's, key and
 * fingerprint.
 */
record AnswerRows(
    SqlAnswering answering, List<String> kept, String fingerprint, ErrorMode errorMode) {

  /** The same with other keys of the configuration. */
  AnswerRows with(Map<String, String> options) {
    return new AnswerRows(answering.with(options), kept, fingerprint, errorMode);
  }

  /**
   * The rows of the output.
   *
   * @param counts told of {@link JobCounts#observed} while they are written
   */
  Dataset<Row> of(Dataset<Row> pages, Observation counts) {
    Column[] observed = JobCounts.observed().toArray(Column[]::new);
    Column[] others = Arrays.copyOfRange(observed, 1, observed.length);
    return kept(answering.answer(pages).observe(counts, observed[0], others)).select(columns());
  }

  private Dataset<Row> kept(Dataset<Row> answered) {
    Column error = col("error");
    return switch (errorMode) {
      case PERMISSIVE -> answered;
      case DROPMALFORMED -> answered.where(error.isNull());
      case FAILFAST ->
          answered.withColumn(
              "error", when(error.isNotNull(), raise_error(error)).otherwise(error));
    };
  }

  private Column[] columns() {
    List<Column> columns = new ArrayList<>();
    kept.forEach(name -> columns.add(CallArguments.column(name)));
    AnswerColumns.names().forEach(name -> columns.add(col(name)));
    columns.add(col(RowKeys.KEY));
    columns.add(lit(fingerprint).as(JobSettings.FINGERPRINT));
    return columns.toArray(Column[]::new);
  }
}
