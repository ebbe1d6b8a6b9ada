package io.xcomposer.spark.sql;

import static io.xcomposer.spark.sql.FakePages.answer;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.spark.FakeEngine;
import io.xcomposer.spark.LocalSpark;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.UUID;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.functions;
import org.apache.spark.sql.streaming.StreamingQuery;
import org.apache.spark.sql.streaming.Trigger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The functions as a user meets them: sessions, help, errors, tables, streams. */
class TestFunctionsInSessions {

  @Test
  void aRunningSessionCanBeGivenTheFunctions() {
    SparkSession spark = LocalSpark.session().newSession();
    XComposerFunctions.register(spark);
    XComposerFunctions.register(spark);
    spark.conf().set("spark.xcomposer.model", "/models/registered");
    spark.conf().set("spark.xcomposer.engineOpener", FakeEngine.Opener.class.getName());
    spark.createDataFrame(FakePages.rows(), FakePages.SCHEMA).createOrReplaceTempView("pages");

    Dataset<Row> query =
        spark.sql(
            "SELECT id, ask(image, 'q') FROM pages WHERE ask(image, 'q') LIKE 'page3%' AND id > 1");

    assertThat(query.collectAsList()).containsExactly(RowFactory.create(3, answer(3, "q")));
    assertThat(query.queryExecution().executedPlan().toString()).contains("AnswerPages");
    assertThat(FakeEngine.of("/models/registered").requests).hasSize(8);
    assertThat(spark.experimental().extraStrategies().size()).isEqualTo(1);
  }

  @Test
  void registeringInASessionThatHasTheExtensionChangesNoPlan() {
    FakePages pages = new FakePages("both-ways");
    XComposerFunctions.register(pages.spark());

    assertThat(
            pages.rows(
                "SELECT id, ask(image, ask(image, 'q')), max(id) OVER () FROM pages"
                    + " WHERE ask(image, 'q') LIKE 'page%' ORDER BY ask(image, 'q') LIMIT 3"))
        .hasSize(3);
    assertThat(pages.asked()).isEqualTo(2 * FakePages.ROWS);
  }

  @Test
  void dataFramesCallTheFunctionsByName() {
    FakePages pages = new FakePages("by-name");

    assertThat(
            pages
                .spark()
                .table("pages")
                .where("id = 5")
                .select(
                    functions.call_udf("ask", functions.col("image"), functions.lit("What is it?")))
                .collectAsList())
        .containsExactly(RowFactory.create(answer(5, "What is it?")));
  }

  @ParameterizedTest
  @CsvSource({
    "ask,options",
    "ask_struct,error_class",
    "caption,captionPrompt",
    "caption_struct,key"
  })
  void theHelpNamesArgumentsAndExamples(String function, String word) {
    FakePages pages = new FakePages("help");

    String help =
        pages.rows("DESCRIBE FUNCTION EXTENDED " + function).stream()
            .map(row -> row.getString(0))
            .reduce("", (all, line) -> all + line + "\n");

    assertThat(help)
        .contains("Usage: " + function + "(image")
        .contains("Arguments:\n      * image - the page")
        .contains("Examples:")
        .contains("> SELECT")
        .contains("Note:")
        .contains("Since: 0.1.0")
        .contains(word)
        .doesNotContain("_FUNC_")
        .doesNotContain("%%");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      value = {
        "ask(image); ask was called with 1 argument(s). To fix: call ask(image, question [, options])",
        "caption(); caption was called with 0 argument(s)",
        "ask(id, 'q'); the image of ask, pages.id, has the type INT. To fix: give BINARY",
        "ask(image, id); the question of ask, pages.id, has the type INT. To fix: give STRING or",
        "ask(image, 'q', map('hdNum', question)); differs from row to row",
        "ask(image, 'q', map(1, '9')); the options of ask have the type MAP<INT, STRING>",
        "ask(image, 'q', 'fast'); the options of ask have the type STRING",
        "ask(image, 'q', map('hdnumm', '9')); did you mean hdNum",
        "ask(image, 'q', map('hdNum', '0')); hdNum = '0' is not allowed",
        "ask(image, 'q', map('engineOpener', 'a.B')); option engineOpener is not one of a call",
        "ask(image, 'q', map('spark.xcomposer.modell', '/m')); did you mean spark.xcomposer.model",
      })
  void aWrongCallSaysWhatIsWrongBeforeAnythingRuns(String call, String message) {
    FakePages pages = new FakePages("wrong-call");

    assertThatThrownBy(() -> pages.sql("SELECT " + call + " FROM pages"))
        .hasMessageContaining(message);
  }

  private static final Set<String> LOADED = ConcurrentHashMap.newKeySet();

  /** Not an opener; says so when it is initialized. */
  static final class NoOpener {
    static {
      LOADED.add("NoOpener");
    }
  }

  @Test
  void aCallCannotNameAClassAndTheSessionsRunsOnlyIfItOpensEngines() {
    FakePages pages = new FakePages("opener");
    String name = NoOpener.class.getName();
    String key = "spark.xcomposer.engineOpener";

    assertThatThrownBy(
            () ->
                pages.sql(
                    "SELECT ask(image, 'q', map('%s', '%s')) FROM pages".formatted(key, name)))
        .hasMessageContaining(key + " is not a key that a call may set");
    pages.spark().conf().set(key, name);
    assertThatThrownBy(
            () -> pages.sql("SELECT ask(image, 'q') FROM pages").queryExecution().executedPlan())
        .hasMessageContaining("the class of an EngineOpener");
    assertThat(LOADED).isEmpty();
  }

  @Test
  void planningMakesNoFolderForTheQuarantineAndRunningDoes() {
    FakePages pages = new FakePages("quarantine-plan");
    Path folder = Path.of("target/test-tables/quarantine-" + UUID.randomUUID()).toAbsolutePath();
    Dataset<Row> query =
        pages.sql(
            "SELECT ask(image, 'q', map('quarantine.dir', '%s')) FROM pages".formatted(folder));

    assertThat(query.queryExecution().executedPlan().toString()).contains("AnswerPages");
    assertThat(folder).doesNotExist();
    assertThat(query.collectAsList()).hasSize(FakePages.ROWS);
    assertThat(folder).isDirectory();
  }

  @Test
  void pathsAreReadWithTheSessionsFileSystemSettings() {
    FakePages pages = new FakePages("session-fs");
    pages.table("far", List.of(FakePages.row(1, "other://pages/1.png", "x", "q")));
    pages.spark().conf().set("fs.other.impl", "org.apache.hadoop.fs.LocalFileSystem");

    assertThat(pages.rows("SELECT ask_struct(kind, 'q').error FROM far").get(0).getString(0))
        .contains("Wrong FS: other://pages/1.png, expected: file:///");
  }

  @Test
  void aSessionWithoutAModelIsToldToSetIt() {
    FakePages pages = new FakePages("no-model");
    pages.spark().conf().unset("spark.xcomposer.model");

    assertThatThrownBy(() -> pages.sql("SELECT ask(image, 'q') FROM pages"))
        .hasMessageContaining("spark.xcomposer.model is not set");
  }

  @Test
  void aBrokenCheckpointEndsTheQueryAtPlanning() {
    FakePages pages = new FakePages("bad");

    assertThatThrownBy(
            () -> pages.sql("SELECT ask(image, 'q') FROM pages").queryExecution().executedPlan())
        .hasMessageContaining("config.json: is missing");
  }

  @Test
  void viewsAndTablesAreMadeFromAnswers() {
    FakePages pages = new FakePages("ctas");
    pages.sql("CREATE OR REPLACE TEMPORARY VIEW v AS SELECT id, ask(image, 'q') a FROM pages");
    pages.sql("DROP TABLE IF EXISTS answers");

    pages.sql("CREATE TABLE answers USING parquet AS SELECT * FROM v WHERE id < 3");

    assertThat(pages.rows("SELECT a FROM answers ORDER BY id"))
        .containsExactly(
            RowFactory.create(answer(0, "q")),
            RowFactory.create(answer(1, "q")),
            RowFactory.create(answer(2, "q")));
    assertThat(pages.asked()).isEqualTo(3);
    pages.sql("DROP TABLE answers");
  }

  @Test
  void cachedAnswersAreAskedOnce() {
    FakePages pages = new FakePages("cache");
    pages.sql("SELECT id, ask(image, 'q') a FROM pages").cache();

    assertThat(pages.rows("SELECT id, ask(image, 'q') a FROM pages")).hasSize(FakePages.ROWS);
    assertThat(pages.rows("SELECT id, ask(image, 'q') a FROM pages")).hasSize(FakePages.ROWS);
    assertThat(pages.asked()).isEqualTo(FakePages.ROWS);
  }

  @Test
  void theOperatorShowsWhatItDid() {
    FakePages pages = new FakePages("metrics");
    Dataset<Row> query =
        pages.sql("SELECT ask(image, 'a'), ask(image, 'b') FROM pages WHERE id < 3");
    query.collect();

    AnswerPagesExec operator = exec(query.queryExecution().executedPlan());
    assertThat(metric(operator, "pages")).isEqualTo(3);
    assertThat(metric(operator, "questions")).isEqualTo(6);
    assertThat(metric(operator, "tokens")).isEqualTo(18);
    assertThat(metric(operator, "promptTokens")).isEqualTo(240);
    assertThat(metric(operator, "imageTokens")).isEqualTo(180);
    assertThat(metric(operator, "tiles")).isEqualTo(18);
    assertThat(metric(operator, "errors")).isZero();
    assertThat(metric(operator, "vision")).isEqualTo(1_200_000_000);
  }

  private static AnswerPagesExec exec(org.apache.spark.sql.execution.SparkPlan plan) {
    return (AnswerPagesExec) plan.find(node -> node instanceof AnswerPagesExec).get();
  }

  private static long metric(AnswerPagesExec operator, String key) {
    return operator.metrics().apply(key).value();
  }

  @Test
  void aStreamIsAnsweredBatchByBatch() throws Exception {
    FakePages pages = new FakePages("stream");
    pages.spark().table("pages").write().mode("overwrite").parquet("target/test-tables/stream-in");
    Dataset<Row> stream =
        pages.spark().readStream().schema(FakePages.SCHEMA).parquet("target/test-tables/stream-in");
    stream.createOrReplaceTempView("arriving");

    StreamingQuery query =
        pages
            .sql("SELECT id, ask(image, question) a FROM arriving WHERE id < 4")
            .writeStream()
            .format("memory")
            .queryName("arrived")
            .trigger(Trigger.AvailableNow())
            .start();
    query.processAllAvailable();
    query.stop();

    List<Row> rows = pages.rows("SELECT a FROM arrived ORDER BY id");
    assertThat(rows).hasSize(4).contains(RowFactory.create(answer(2, "q2")));
    assertThat(pages.asked()).isEqualTo(4);
  }
}
