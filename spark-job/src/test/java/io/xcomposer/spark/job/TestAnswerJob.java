package io.xcomposer.spark.job;

import static java.nio.charset.StandardCharsets.UTF_8;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.FakeEngine;
import io.xcomposer.spark.LocalSpark;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.math.BigDecimal;
import java.nio.file.Files;
import java.nio.file.Path;
import java.sql.Timestamp;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.Dataset;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.RowFactory;
import org.apache.spark.sql.SparkSession;
import org.apache.spark.sql.types.DataTypes;
import org.apache.spark.sql.types.StructType;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** The whole job over small tables, with an engine that only echoes. */
class TestAnswerJob {
  private static final StructType PAGES =
      new StructType()
          .add("id", DataTypes.IntegerType)
          .add("image", DataTypes.BinaryType)
          .add("question", DataTypes.StringType)
          .add("tags", DataTypes.createArrayType(DataTypes.StringType))
          .add("when", DataTypes.TimestampType)
          .add("price", DataTypes.createDecimalType(10, 2));

  private static SparkSession spark;

  @TempDir private Path folder;
  private final String model;

  TestAnswerJob(TestInfo test) {
    model = "model of " + test.getDisplayName();
  }

  @BeforeAll
  static void startSpark() {
    spark = LocalSpark.session();
    spark.conf().set("spark.xcomposer.engineOpener", FakeEngine.Opener.class.getName());
  }

  private String input() {
    return folder.resolve("input").toString();
  }

  private String output() {
    return folder.resolve("output").toString();
  }

  private void writePages(int partitions, List<String> images) {
    List<Row> rows = new ArrayList<>();
    for (int i = 0; i < images.size(); i++) {
      String image = images.get(i);
      rows.add(
          RowFactory.create(
              i,
              image == null ? null : image.getBytes(UTF_8),
              "question " + i,
              new String[] {"a", null},
              new Timestamp(1_000L * i),
              new BigDecimal(i + ".25")));
    }
    spark.createDataFrame(rows, PAGES).repartition(partitions).write().parquet(input());
  }

  private AnswerPlan plan(OutputMode mode, int lookAhead) {
    return new AnswerPlan(
        InputPlan.ofPath(input()),
        new Question.Column("question"),
        List.of(),
        OutputPlan.ofPath(output(), mode),
        JobFolder.settings(model, 8, lookAhead),
        "test");
  }

  private JobSummary run(AnswerPlan plan) {
    PrintStream progress = new PrintStream(new ByteArrayOutputStream(), true, UTF_8);
    return new AnswerJob(spark, progress).run(plan);
  }

  private JobSummary run(int lookAhead) {
    return run(plan(OutputMode.ERRORIFEXISTS, lookAhead));
  }

  private List<Row> answers() {
    return spark.read().parquet(output()).orderBy("id").collectAsList();
  }

  private static List<String> pages(int count) {
    List<String> images = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      images.add("page " + i);
    }
    return images;
  }

  @Test
  void everyRowGetsTheAnswerToItsOwnQuestion() {
    writePages(4, pages(60));

    JobSummary summary = run(5);

    List<Row> answers = answers();
    assertThat(answers).hasSize(60);
    for (Row row : answers) {
      int id = row.getInt(0);
      assertThat(row.<String>getAs("answer"))
          .isEqualTo("page " + id + "|<ImageHere>question " + id);
      assertThat(row.<String>getAs("error")).isNull();
    }
    assertThat(summary.rows()).isEqualTo(60);
    assertThat(summary.errors()).isZero();
    assertThat(summary.newTokens()).isEqualTo(180);
  }

  @Test
  void inputColumnsComeThroughUnchanged() {
    writePages(2, pages(6));

    run(2);

    Dataset<Row> answers = spark.read().parquet(output());
    Dataset<Row> pages = spark.read().parquet(input());
    String[] columns = pages.columns();
    assertThat(answers.columns())
        .startsWith(columns)
        .endsWith(
            "answer",
            "finish_reason",
            "prompt_tokens",
            "image_tokens",
            "new_tokens",
            "confidence",
            "error",
            "error_class",
            "retries",
            "xc_key",
            "xc_fingerprint");
    assertThat(answers.selectExpr(columns).exceptAll(pages).count()).isZero();
    assertThat(pages.exceptAll(answers.selectExpr(columns)).count()).isZero();
  }

  @Test
  void theModelIsLoadedOnceForAllTasks() {
    writePages(6, pages(30));

    run(2);

    FakeEngine engine = FakeEngine.of(model);
    assertThat(engine.requests).hasSize(30);
    assertThat(engine.options.threads()).isEqualTo(2);
    assertThat(engine.closed).isTrue();
  }

  @Test
  void noMoreThanTheLookAheadOfEachTaskIsWithTheEngine() {
    writePages(4, pages(80));

    run(3);

    assertThat(FakeEngine.of(model).mostInFlight.get()).isBetween(2, 2 * 3);
  }

  @Test
  void aRowThatFailsTouchesNoOther() {
    writePages(1, List.of("page 0", "broken", "page 2", "bug", "page 4"));

    JobSummary summary = run(2);

    List<Row> answers = answers();
    assertThat(answers)
        .extracting(row -> row.<String>getAs("error"))
        .containsExactly(
            null,
            "IMAGE: the image is not one. To fix: give a picture.",
            null,
            "INTERNAL: java.lang.IndexOutOfBoundsException: index 7",
            null);
    assertThat(answers)
        .extracting(row -> row.<String>getAs("answer") == null)
        .containsExactly(false, true, false, true, false);
    assertThat(summary.rows()).isEqualTo(5);
    assertThat(summary.errors()).isEqualTo(2);
    assertThat(summary.failed()).isFalse();
  }

  @Test
  void aRowWithoutImageIsKeptWithItsError() {
    List<String> images = new ArrayList<>(pages(2));
    images.add(null);
    writePages(1, images);

    run(4);

    assertThat(answers().get(2).<String>getAs("error")).startsWith("IMAGE: image column 'image'");
  }

  @Test
  void aLostDeviceEndsTheJob() {
    writePages(1, List.of("page 0", "device"));

    assertThatThrownBy(() -> run(2)).hasStackTraceContaining("the device is lost");
  }

  @Test
  void anEmptyTableLoadsNoModel() {
    writePages(1, List.of());

    assertThat(run(2).rows()).isZero();
    assertThat(answers()).isEmpty();
    assertThat(FakeEngine.OPENED).noneMatch(engine -> engine.checkpoint.equals(Path.of(model)));
  }

  @Test
  void anOutputThatIsThereIsRefusedBeforeAnyWork() throws IOException {
    writePages(1, pages(1));
    Files.createDirectory(Path.of(output()));

    assertThatThrownBy(() -> run(2)).hasMessageContaining("is already there");
    assertThat(FakeEngine.OPENED).noneMatch(engine -> engine.checkpoint.equals(Path.of(model)));
  }

  @Test
  void overwritePutsTheNewOutputInItsPlace() {
    writePages(1, pages(3));
    run(2);

    run(plan(OutputMode.OVERWRITE, 2));

    assertThat(answers()).hasSize(3);
  }

  @Test
  void ignoreLeavesAnOutputThatIsThereAlone() {
    writePages(1, pages(3));
    run(2);

    JobSummary summary = run(plan(OutputMode.IGNORE, 2));

    assertThat(summary.ignored()).isTrue();
    assertThat(summary.failed()).isFalse();
    assertThat(answers()).hasSize(3);
    assertThat(FakeEngine.of(model).requests).hasSize(3);
  }

  @Test
  void aJobWithoutAnyAnswerHasFailedAndKeepsItsRows() {
    writePages(1, List.of("broken", "broken"));

    assertThat(run(2).failed()).isTrue();
    assertThat(answers())
        .extracting(row -> row.<String>getAs("error"))
        .allMatch(error -> error.startsWith("IMAGE: "))
        .hasSize(2);
  }

  @Test
  void aFolderOfImagesIsATableOfItsFiles() throws IOException {
    Path images = Files.createDirectories(folder.resolve("images/deep"));
    Files.writeString(images.resolve("a.png"), "page a");
    Files.writeString(images.resolve("b.JPG"), "broken");
    AnswerPlan parquet = plan(OutputMode.ERRORIFEXISTS, 2);
    AnswerPlan plan =
        new AnswerPlan(
            InputPlan.ofPath(folder.resolve("images").toString()),
            new Question.Constant("What?"),
            List.of(),
            parquet.output(),
            parquet.settings(),
            "test");

    run(plan);

    List<Row> answers = spark.read().parquet(output()).orderBy("path").collectAsList();
    assertThat(answers)
        .extracting(row -> row.<String>getAs("answer"))
        .containsExactly("page a|<ImageHere>What?", null);
    assertThat(answers.get(1).<String>getAs("error")).startsWith("IMAGE: ");
  }

  @Test
  void anInputOfNothingIsRefused() {
    assertThatThrownBy(() -> run(2)).hasMessageContaining("does not exist");
  }

  @Test
  void anInputWithoutPagesIsRefused() throws IOException {
    Files.createDirectory(Path.of(input()));
    Files.writeString(Path.of(input(), "notes.txt"), "none");

    assertThatThrownBy(() -> run(2)).hasMessageContaining("no .parquet file and no image file");
  }

  @Test
  void aBadCheckpointEndsTheJobOnTheDriver() {
    writePages(1, pages(1));
    AnswerPlan goodPlan = plan(OutputMode.ERRORIFEXISTS, 2);
    AnswerPlan plan =
        new AnswerPlan(
            goodPlan.input(),
            goodPlan.question(),
            List.of(),
            goodPlan.output(),
            JobFolder.settings("bad", 8, 2),
            "test");

    assertThatThrownBy(() -> run(plan))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("config.json: is missing");
    assertThat(Path.of(output())).doesNotExist();
  }

  @Test
  void aParquetFileThatIsNoneIsRefused() throws IOException {
    Files.createDirectory(Path.of(input()));
    Files.writeString(Path.of(input(), "pages.parquet"), "no table");

    assertThatThrownBy(() -> run(2))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("cannot be read as parquet");
  }
}
