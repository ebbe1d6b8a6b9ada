package io.xcomposer.spark;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;

/**
 * The columns that a table of pages gets: answer, finish_reason, prompt_tokens, image_tokens,
 * new_tokens, confidence, error, error_class, retries. All of them are NULL where the image or the
 * question is.
 */
public final class AnswerColumns {
  private static final String RESULT = "__xcomposer_result";

  /** Column to field of the functions' struct, in the order of the table. */
  private static final Map<String, String> FIELDS = new LinkedHashMap<>();

  static {
    FIELDS.put("answer", "answer");
    FIELDS.put("finish_reason", "finish_reason");
    FIELDS.put("prompt_tokens", "prompt_tokens");
    FIELDS.put("image_tokens", "image_tokens");
    FIELDS.put("new_tokens", "tokens");
    FIELDS.put("confidence", "confidence");
    FIELDS.put("error", "error");
    FIELDS.put("error_class", "error_class");
    FIELDS.put("retries", "retries");
  }

  private AnswerColumns() {}

  /** Their names, in order. */
  public static List<String> names() {
    return List.copyOf(FIELDS.keySet());
  }

  /**
   * The pages with the columns behind their own.
   *
   * @param result a column with the struct, or array of structs, of {@code ask_struct}
   */
  public static Dataset<Row> addTo(Dataset<Row> pages, Column result) {
    List<Column> all = new ArrayList<>();
    for (String name : pages.columns()) {
      all.add(CallArguments.column(name));
    }
    FIELDS.forEach((name, field) -> all.add(functions.col(RESULT + "." + field).as(name)));
    return pages.withColumn(RESULT, result).select(all.toArray(Column[]::new));
  }
}
