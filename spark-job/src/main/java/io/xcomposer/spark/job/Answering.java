package io.xcomposer.spark.job;

import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;

/** The way from pages to answers. */
interface Answering {
  /** What {@link #answer} adds to its input, in this order. */
  List<String> COLUMNS =
      List.of(
          "answer",
          "finish_reason",
          "prompt_tokens",
          "image_tokens",
          "new_tokens",
          "confidence",
          "error",
          "error_class",
          "retries");

  /**
   * Adds {@link #COLUMNS} to a table of pages with keys.
   *
   * @throws io.xcomposer.model.XComposerException when its columns have types that do not fit
   */
  Dataset<Row> answer(Dataset<Row> pages);

  /** What the engines have done for all tables that {@link #answer} made and a job has written. */
  EngineWork work();
}
