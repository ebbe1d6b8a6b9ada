package io.xcomposer.spark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Where a job can write, what becomes of rows with an error, and what it says at its end. */
class TestJobOutputs {
  @TempDir private Path folder;
  private JobFolder job;

  @BeforeEach
  void makeFolder(TestInfo test) {
    job = new JobFolder(folder, "model of " + test.getDisplayName());
  }

  private AnswerPlan to(
      String table, String format, OutputMode mode, Continuation continuation, String... parts) {
    InputPlan input =
        new InputPlan(
            List.of(job.input().toString()),
            List.of(),
            null,
            Map.of(),
            null,
            0,
            List.of("id", "question"),
            null);
    return JobFolder.withOutput(
        job.plan(input, List.of("id"), continuation, 3),
        output ->
            new OutputPlan(
                table == null ? output.path() : null,
                table,
                format,
                Map.of(),
                mode,
                List.of(parts),
                continuation,
                3));
  }

  private AnswerPlan toFolder(String format, String... partitionBy) {
    return to(null, format, OutputMode.ERRORIFEXISTS, Continuation.NONE, partitionBy);
  }

  @Test
  void aTableIsMadeCompletedAndAddedTo() {
    job.writePages(5);
    String table = "answers_of_pages";
    job.spark.sql("DROP TABLE IF EXISTS " + table);
    job.run(to(table, null, OutputMode.ERRORIFEXISTS, Continuation.NONE));
    assertThat(job.spark.table(table).count()).isEqualTo(5);
    assertThatThrownBy(() -> job.run(to(table, null, OutputMode.ERRORIFEXISTS, Continuation.NONE)))
        .hasMessageContaining("--output-table answers_of_pages is already there");

    job.write(List.of(JobFolder.page(5, "page 5", "question 5")));
    JobSummary resumed = job.run(to(table, null, OutputMode.ERRORIFEXISTS, Continuation.RESUME));

    assertThat(resumed.rows()).isEqualTo(1);
    assertThat(job.spark.table(table).select("id").distinct().count()).isEqualTo(6);
    job.run(to(table, null, OutputMode.APPEND, Continuation.NONE));
    assertThat(job.spark.table(table).count()).isEqualTo(12);
    job.run(to(table, "json", OutputMode.OVERWRITE, Continuation.NONE));
    assertThat(job.spark.table(table).count()).isEqualTo(6);
    job.spark.sql("DROP TABLE " + table);
  }

  @Test
  void jsonFilesInFoldersByAColumnAreAnOutputThatCanBeResumed() {
    job.writePages(4);
    job.run(toFolder("json", "id"));
    assertThat(job.output().resolve("id=3")).isDirectory();

    JobSummary resumed =
        job.run(to(null, "json", OutputMode.ERRORIFEXISTS, Continuation.RESUME, "id"));

    assertThat(resumed.rows()).isZero();
    assertThat(resumed.rowsBefore()).isEqualTo(4);
  }

  @Test
  void aFormatThatThereIsNotIsRefused() {
    job.writePages(1);

    assertRefused(toFolder("parkett"), "--output-format parkett is not known to this Spark");
  }

  @Test
  void columnsThatTheFormatCannotHoldAreRefused() {
    job.writePages(1);
    AnswerPlan csv =
        JobFolder.withOutput(
            job.chunked(1),
            output ->
                new OutputPlan(
                    output.path(),
                    null,
                    "csv",
                    Map.of(),
                    OutputMode.ERRORIFEXISTS,
                    List.of(),
                    Continuation.NONE,
                    1));

    assertRefused(csv, "cannot hold image (binary) as csv", "--columns");
  }

  @Test
  void aFolderColumnThatThereIsNotIsRefused() {
    job.writePages(1);

    assertRefused(toFolder("parquet", "day"), "no column 'day'", "--partition-by");
  }

  @Test
  void anOutputThatIsTheInputIsNotReplaced() {
    job.writePages(1);
    AnswerPlan plan =
        JobFolder.withOutput(
            job.chunked(1),
            output -> OutputPlan.ofPath(job.input().toString(), OutputMode.OVERWRITE));

    assertRefused(plan, "is the input as well");
    assertThat(job.spark.read().parquet(job.input().toString()).count()).isEqualTo(1);
  }

  @Test
  void anOutputThatAViewReadsIsNotReplaced() {
    job.writePages(1);
    job.spark.read().parquet(job.input().toString()).createOrReplaceTempView("pages_to_replace");
    InputPlan view =
        new InputPlan(
            List.of(), List.of("pages_to_replace"), null, Map.of(), null, 0, List.of(), null);
    AnswerPlan plan =
        JobFolder.withOutput(
            job.plan(view, List.of("id"), Continuation.NONE, 1),
            output -> OutputPlan.ofPath(job.input().toString(), OutputMode.OVERWRITE));

    assertRefused(plan, "is the input as well");
    assertThat(job.spark.read().parquet(job.input().toString()).count()).isEqualTo(1);
  }

  private void assertRefused(AnswerPlan plan, String... parts) {
    assertThatThrownBy(() -> job.run(plan))
        .isInstanceOf(XComposerException.class)
        .hasMessageContainingAll(parts);
    assertThat(job.asked()).isZero();
  }

  private AnswerPlan inMode(String mode) {
    Map<String, String> settings = new HashMap<>(job.settings(8));
    settings.put("mode", mode);
    return JobFolder.withSettings(job.chunked(10), settings);
  }

  private void writeABrokenPage() {
    job.write(
        List.of(
            JobFolder.page(0, "page 0", "question 0"),
            JobFolder.page(1, "broken", "question 1"),
            JobFolder.page(2, null, "question 2")));
  }

  @Test
  void rowsWithAnErrorCanBeLeftOut() {
    writeABrokenPage();

    JobSummary summary = job.run(inMode("DROPMALFORMED"));

    assertThat(job.answeredIds()).containsExactly(0);
    assertThat(summary.dropped()).isEqualTo(2);
    assertThat(summary.errors()).isEqualTo(2);
  }

  @Test
  void aRowWithAnErrorCanEndTheJob() {
    writeABrokenPage();

    assertThatThrownBy(() -> job.run(inMode("FAILFAST"))).hasStackTraceContaining("IMAGE: ");
  }

  @Test
  void theSummaryForProgramsSaysWhatWasDone() throws IOException {
    writeABrokenPage();

    JobSummary summary = job.run(job.chunked(10));

    JsonNode json = new ObjectMapper().readTree(summary.toJson(7.2));
    assertThat(json.get("rows").asInt()).isEqualTo(3);
    assertThat(json.get("rows_before").asInt()).isZero();
    assertThat(json.get("answered").asInt()).isEqualTo(1);
    assertThat(json.get("errors").asInt()).isEqualTo(2);
    assertThat(json.get("errors_by_class").get("IMAGE").asInt()).isEqualTo(2);
    assertThat(json.get("new_tokens").asInt()).isEqualTo(3);
    assertThat(json.get("prompt_tokens").asInt()).isEqualTo(40);
    assertThat(json.get("image_tokens").asInt()).isEqualTo(30);
    assertThat(json.get("seconds").get("vision").asDouble()).isEqualTo(0.2);
    assertThat(json.get("seconds").get("total").asDouble()).isPositive();
    assertThat(json.get("device_utilisation").asDouble())
        .isEqualTo(Math.min(1, 0.9 / json.get("seconds").get("total").asDouble()));
    assertThat(json.get("cost_per_million_pages").asDouble())
        .isEqualTo(7.2 * json.get("seconds").get("total").asDouble() * (1e6 / 3600) / 3);
    JsonNode executor = json.get("executors").get(0);
    assertThat(executor.get("device").asText()).isEqualTo("cpu");
    assertThat(executor.get("assigned_address").isNull()).isTrue();
    assertThat(executor.get("model_loads").asInt()).isPositive();
    assertThat(executor.get("rows").asInt()).isEqualTo(2);
  }

  @Test
  void readersDoNotSeeWhatGoesWithTheOutput() {
    job.writePages(2);
    job.run(job.chunked(10));

    assertThat(job.output().resolve("_xcomposer")).isDirectory();
    List<Row> rows = job.answers();
    assertThat(rows).hasSize(2);
  }
}
