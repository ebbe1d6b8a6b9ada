package io.xcomposer.spark.job;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.xcomposer.spark.FakeEngine;
import io.xcomposer.spark.LocalSpark;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;

/** A folder with an input of pages and an output of answers, for tests of whole jobs. */
final class JobFolder {
  static final StructType PAGES =
      new StructType()
          .add("id", DataTypes.IntegerType)
          .add("image", DataTypes.BinaryType)
          .add("question", DataTypes.StringType);

  final SparkSession spark = LocalSpark.session();
  final String model;
  private final Path folder;
  private final ByteArrayOutputStream console = new ByteArrayOutputStream();

  JobFolder(Path folder, String model) {
    this.folder = folder;
    this.model = model;
    spark.conf().set("spark.xcomposer.engineOpener", FakeEngine.Opener.class.getName());
  }

  Path input() {
    return folder.resolve("input");
  }

  Path output() {
    return folder.resolve("output");
  }

  /** A file of pages "page 0", "page 1", ... for each number of rows. */
  void writePages(int... rowsOfFiles) {
    int id = 0;
    for (int rows : rowsOfFiles) {
      List<Row> pages = new ArrayList<>();
      for (int i = 0; i < rows; i++, id++) {
        pages.add(page(id, "page " + id, "question " + id));
      }
      write(pages);
    }
  }

  static Row page(int id, String image, String question) {
    return RowFactory.create(id, image == null ? null : image.getBytes(UTF_8), question);
  }

  /** Adds a file to the input. */
  void write(List<Row> pages) {
    spark
        .createDataFrame(pages, PAGES)
        .coalesce(1)
        .write()
        .mode("append")
        .parquet(input().toString());
  }

  AnswerPlan plan() {
    return plan(InputPlan.ofPath(input().toString()), List.of("id"), Continuation.NONE, 0);
  }

  AnswerPlan plan(InputPlan pages, List<String> key, Continuation continuation, long chunkRows) {
    return new AnswerPlan(
        pages,
        new Question.Column("question"),
        key,
        new OutputPlan(
            output().toString(),
            null,
            null,
            Map.of(),
            OutputMode.ERRORIFEXISTS,
            List.of(),
            continuation,
            chunkRows),
        settings(8),
        "test");
  }

  Map<String, String> settings(int maxNewTokens) {
    return settings(model, maxNewTokens, 3);
  }

  static Map<String, String> settings(String model, int maxNewTokens, int lookAhead) {
    return Map.of(
        "model",
        model,
        "device",
        "cpu",
        "metaInstruction",
        "",
        "hdNum",
        "4",
        "maxNewTokens",
        "" + maxNewTokens,
        "lookAhead.rows",
        "" + lookAhead,
        "progress",
        "lines");
  }

  /** With a key column and this many rows a chunk. */
  AnswerPlan chunked(long chunkRows) {
    return plan(InputPlan.ofPath(input().toString()), List.of("id"), Continuation.NONE, chunkRows);
  }

  AnswerPlan resumed(long chunkRows) {
    return plan(
        InputPlan.ofPath(input().toString()), List.of("id"), Continuation.RESUME, chunkRows);
  }

  static AnswerPlan withOutput(AnswerPlan plan, UnaryOperator<OutputPlan> change) {
    return new AnswerPlan(
        plan.input(),
        plan.question(),
        plan.keyColumns(),
        change.apply(plan.output()),
        plan.settings(),
        plan.build());
  }

  static AnswerPlan withSettings(AnswerPlan plan, Map<String, String> settings) {
    return new AnswerPlan(
        plan.input(), plan.question(), plan.keyColumns(), plan.output(), settings, plan.build());
  }

  JobSummary run(AnswerPlan plan) {
    PrintStream out = new PrintStream(console, true, UTF_8);
    return new AnswerJob(spark, out).run(plan);
  }

  String console() {
    return console.toString(UTF_8);
  }

  /** How many questions the engines of this model were asked. */
  long asked() {
    return FakeEngine.OPENED.stream()
        .filter(engine -> engine.checkpoint.equals(Path.of(model)))
        .mapToLong(engine -> engine.requests.size())
        .sum();
  }

  List<Row> answers() {
    return spark.read().parquet(output().toString()).orderBy("id").collectAsList();
  }

  List<Integer> answeredIds() {
    return answers().stream().map(row -> row.<Integer>getAs("id")).toList();
  }

  List<Path> outputFiles() throws IOException {
    try (Stream<Path> all = Files.list(output())) {
      return all.filter(file -> file.toString().endsWith(".parquet")).sorted().toList();
    }
  }
}
