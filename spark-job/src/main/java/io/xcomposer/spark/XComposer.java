package io.xcomposer.spark;

import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.sql.XComposerFunctions;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Column;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import scala.jdk.javaapi.CollectionConverters;

/**
 * Answers in DataFrames.
 *
 * <pre>{@code
 * XComposer reader = XComposer.on(spark).model("/models/xcomposer2-4khd").option("hdNum", 55);
 * Dataset<Row> answers = reader.ask(pages, "image", "question");
 * Dataset<Row> totals =
 *     pages.select(col("path"), reader.ask(col("content"), lit("What is the total?")).as("total"));
 * }</pre>
 *
 * <p>An image column holds file contents (binary), paths (string) or Spark's image type. A question
 * is a string, or an array of strings for several questions on one page, which is then read once;
 * the answer is an array as well. NULL in is NULL out.
 *
 * <p>Immutable: {@link #option} and its like give a new one. Options are those of
 * docs/configuration.md by their short names; what is not given here is taken from the session's
 * {@code spark.xcomposer.*} keys.
 */
public final class XComposer {
  private final SparkSession spark;
  private final Map<String, String> options;

  private XComposer(SparkSession spark, Map<String, String> options) {
    this.spark = spark;
    this.options = options;
  }

  /** Reads with a session, which gets the SQL functions if it has not got them. */
  public static XComposer on(SparkSession spark) {
    XComposerFunctions.register(spark);
    return new XComposer(spark, Map.of());
  }

  /** With the checkpoint in a folder: the same path on the driver and every executor. */
  public XComposer model(String folder) {
    return option("model", folder);
  }

  /**
   * With an option.
   *
   * @param name short name: {@code hdNum}
   * @throws io.xcomposer.model.XComposerException when there is no such option or it cannot have
   *     this value
   */
  public XComposer option(String name, Object value) {
    return options(Map.of(name, String.valueOf(value)));
  }

  /** As {@link #option} for each entry. */
  public XComposer options(Map<String, String> more) {
    Map<String, String> all = new LinkedHashMap<>(options);
    all.putAll(more);
    XComposerConf.read(CollectionConverters.asJava(spark.conf().getAll())).forCall(all);
    return new XComposer(spark, Map.copyOf(all));
  }

  /**
   * The answer: a string, or an array of strings for an array of questions. NULL after an error.
   */
  public Column ask(Column image, Column question) {
    return call("ask", image, question);
  }

  /**
   * The answer with all that is known about it: answer, finish_reason, tokens, confidence, error,
   * error_class, retries, prompt_tokens, image_tokens; or an array of such structs.
   */
  public Column askStruct(Column image, Column question) {
    return call("ask_struct", image, question);
  }

  /** A description of the image: what {@code captionPrompt} asks for. */
  public Column caption(Column image) {
    return call("caption", image);
  }

  /** As {@link #askStruct}, of the caption. */
  public Column captionStruct(Column image) {
    return call("caption_struct", image);
  }

  /** The pages and behind their columns those of {@link AnswerColumns}. */
  public Dataset<Row> ask(Dataset<Row> pages, String imageColumn, String questionColumn) {
    return AnswerColumns.addTo(pages, askStruct(pages.col(imageColumn), pages.col(questionColumn)));
  }

  /** The pages and behind their columns those of {@link AnswerColumns}, of the caption. */
  public Dataset<Row> caption(Dataset<Row> pages, String imageColumn) {
    return AnswerColumns.addTo(pages, captionStruct(pages.col(imageColumn)));
  }

  private Column call(String function, Column... arguments) {
    List<Column> all = new ArrayList<>(Arrays.asList(arguments));
    if (!options.isEmpty()) {
      all.add(CallArguments.options(options));
    }
    return functions.call_udf(function, all.toArray(Column[]::new));
  }
}
