package io.xcomposer.spark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.apache.spark.sql.Row;
import org.apache.spark.sql.functions;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** What a job can read, and what it refuses before a page is answered. */
class TestJobInputs {
  @TempDir private Path folder;
  private JobFolder job;

  @BeforeEach
  void makeFolder(TestInfo test) {
    job = new JobFolder(folder, "model of " + test.getDisplayName());
  }

  private AnswerPlan plan(InputPlan input, String... key) {
    return job.plan(input, List.of(key), Continuation.NONE, 0);
  }

  private InputPlan where(String condition) {
    return new InputPlan(
        List.of(job.input().toString()), List.of(), null, Map.of(), condition, 0, List.of(), null);
  }

  private void assertRefused(AnswerPlan plan, String... parts) {
    assertThatThrownBy(() -> job.run(plan))
        .isInstanceOf(XComposerException.class)
        .hasMessageContainingAll(parts);
    assertThat(job.asked()).isZero();
    assertThat(job.output()).doesNotExist();
  }

  @Test
  void rowsWithTheSameGivenKeyAreRefused() {
    job.writePages(2, 1);
    job.write(List.of(JobFolder.page(1, "another", "what?")));

    assertRefused(job.chunked(1), "--key columns do not tell rows apart", "'1' is there 2 times");
  }

  @Test
  void rowsWithoutAGivenKeyAreRefused() {
    job.spark
        .range(2)
        .selectExpr("IF(id = 0, 0, NULL) AS id", "binary('page') AS image", "'what?' AS question")
        .write()
        .parquet(job.input().toString());

    assertRefused(job.chunked(1), "1 rows have no value in the --key columns");
  }

  @Test
  void severalColumnsMakeAKey() {
    job.write(
        List.of(
            JobFolder.page(1, "a", "x"), JobFolder.page(1, "a", "y"), JobFolder.page(2, "a", "y")));

    job.run(plan(InputPlan.ofPath(job.input().toString()), "id", "question"));

    assertThat(job.answers())
        .extracting(row -> row.<String>getAs("xc_key"))
        .containsExactlyInAnyOrder("[\"1\",\"x\"]", "[\"1\",\"y\"]", "[\"2\",\"y\"]");
  }

  @Test
  void aHashedKeyCanBeMadeInSqlToo() {
    job.writePages(3);

    job.run(plan(InputPlan.ofPath(job.input().toString())));

    Row sql =
        job.spark
            .read()
            .parquet(job.output().toString())
            .selectExpr(
                "every(xc_key = sha2(concat(sha2(image, 256), ':', sha2(question, 256), ':',"
                    + " xxhash64(id, id IS NULL, question, question IS NULL)), 256))")
            .head();
    assertThat(sql.getBoolean(0)).isTrue();
  }

  @Test
  void onlyRowsThatMeetTheConditionAreAnswered() {
    job.writePages(10);

    job.run(plan(where("id BETWEEN 3 AND 5"), "id"));

    assertThat(job.answeredIds()).containsExactly(3, 4, 5);
  }

  @Test
  void aConditionThatIsNoneIsRefused() {
    job.writePages(1);

    assertRefused(plan(where("size > 3"), "id"), "--where size > 3 cannot be used");
    assertRefused(plan(where("id >"), "id"), "--where id > cannot be used");
  }

  @Test
  void aConditionThatChangesItsMindIsRefused() {
    job.writePages(1);

    assertRefused(plan(where("rand() < 0.5"), "id"), "another one each time that it is read");
  }

  @Test
  void aTableAndAViewAreInputs() {
    job.writePages(4);
    job.spark.read().parquet(job.input().toString()).createOrReplaceTempView("some_pages");
    InputPlan view =
        new InputPlan(List.of(), List.of("some_pages"), null, Map.of(), null, 2, List.of(), null);

    job.run(plan(view, "id"));

    assertThat(job.answeredIds()).hasSize(2);
  }

  @Test
  void aViewOfSomeRowsOfATableIsRefused() {
    job.writePages(4);
    job.spark.read().parquet(job.input().toString()).limit(2).createOrReplaceTempView("two_pages");
    InputPlan view =
        new InputPlan(List.of(), List.of("two_pages"), null, Map.of(), null, 0, List.of(), null);

    assertRefused(plan(view, "id"), "a view has a LIMIT", "to a table first", "--limit N");
  }

  @Test
  void aPatternOfFilesIsAnInput() {
    job.writePages(2, 2);

    job.run(plan(InputPlan.ofPath(job.input() + "/*.parquet"), "id"));

    assertThat(job.answeredIds()).containsExactly(0, 1, 2, 3);
  }

  @Test
  void aViewWithAJoinIsAnInput() {
    job.writePages(5, 5);
    job.spark
        .read()
        .parquet(job.input().toString())
        .drop("question")
        .join(
            job.spark.range(4, 12).selectExpr("CAST(id AS INT) AS id", "'why?' AS question"), "id")
        .createOrReplaceTempView("joined_pages");
    InputPlan view =
        new InputPlan(List.of(), List.of("joined_pages"), null, Map.of(), null, 0, List.of(), null);

    job.run(job.plan(view, List.of("id"), Continuation.NONE, 2));

    assertThat(job.answeredIds()).containsExactly(4, 5, 6, 7, 8, 9);
  }

  @Test
  void aTableThatIsNotThereIsRefused() {
    InputPlan none =
        new InputPlan(List.of(), List.of("no.such"), null, Map.of(), null, 0, List.of(), null);

    assertRefused(plan(none), "--input-table no.such cannot be read");
  }

  @Test
  void pathsOfImagesInACsvFileAreAnInputAndSeveralFilesToo() throws IOException {
    Path image = Files.writeString(folder.resolve("a.png"), "page a");
    for (int i = 0; i < 2; i++) {
      Files.writeString(
          folder.resolve(i + ".csv"), "id,page,question\n" + i + "," + image + ",what?\n");
    }
    InputPlan csv =
        new InputPlan(
            List.of(folder.resolve("0.csv").toString(), folder.resolve("1.csv").toString()),
            List.of(),
            "csv",
            Map.of("header", "true"),
            null,
            0,
            List.of(),
            "page");

    job.run(plan(csv, "id"));

    assertThat(job.answers())
        .extracting(row -> row.<String>getAs("answer"))
        .containsExactly("page a|<ImageHere>what?", "page a|<ImageHere>what?");
  }

  @Test
  void onlyTheColumnsThatAreAskedForAreInTheOutput() {
    job.writePages(2);
    InputPlan narrow =
        new InputPlan(
            List.of(job.input().toString()),
            List.of(),
            null,
            Map.of(),
            null,
            0,
            List.of("ID"),
            null);

    job.run(plan(narrow, "id"));

    assertThat(job.spark.read().parquet(job.output().toString()).columns())
        .startsWith("id", "answer")
        .doesNotContain("image", "question");
  }

  @Test
  void columnsThatAreMissingOrTakenAreRefused() {
    job.writePages(1);
    InputPlan all = InputPlan.ofPath(job.input().toString());

    assertRefused(plan(all, "number"), "no column 'number'", "give --key one of id, image");
    job.spark
        .read()
        .parquet(job.input().toString())
        .withColumn("Error", functions.lit("none"))
        .createOrReplaceTempView("taken_names");
    InputPlan taken =
        new InputPlan(List.of(), List.of("taken_names"), null, Map.of(), null, 0, List.of(), null);
    assertRefused(plan(taken, "id"), "already has the output's columns Error", "--columns");
  }

  @Test
  void imageAndQuestionColumnsOfNumbersAreRefused() {
    job.writePages(1);
    InputPlan numbers =
        new InputPlan(
            List.of(job.input().toString()), List.of(), null, Map.of(), null, 0, List.of(), "id");

    assertRefused(plan(numbers, "id"), "image column 'id' has type int");
  }
}
