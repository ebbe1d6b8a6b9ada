package io.xcomposer.spark.job;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import org.apache.spark.sql.Row;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInfo;
import org.junit.jupiter.api.io.TempDir;

/** Jobs that were killed, and those that complete them. What a kill leaves is made by hand. */
class TestResume {
  @TempDir private Path folder;
  private JobFolder job;

  @BeforeEach
  void makeFolder(TestInfo test) {
    job = new JobFolder(folder, "model of " + test.getDisplayName());
  }

  private static List<Integer> ids(int count) {
    return IntStream.range(0, count).boxed().toList();
  }

  /** A file of 12 pages of which one in the last of three chunks ends the job. */
  private int writePagesWithALostDevice() {
    int lost =
        IntStream.range(0, 12)
            .filter(id -> Math.floorMod(KeyHash.of("" + id), 3) == 2)
            .findFirst()
            .orElseThrow();
    job.write(
        IntStream.range(0, 12)
            .mapToObj(
                id -> JobFolder.page(id, id == lost ? "device" : "page " + id, "question " + id))
            .toList());
    return lost;
  }

  @Test
  void committedChunksOutliveTheJob() {
    int lost = writePagesWithALostDevice();

    assertThatThrownBy(() -> job.run(job.chunked(4))).hasStackTraceContaining("device is lost");

    assertThat(job.answeredIds()).isNotEmpty().doesNotContain(lost);
    assertThat(job.output().resolve("_SUCCESS")).doesNotExist();
    assertThat(job.console()).contains("2 of 3 chunks are in", "--resume continues behind them");
  }

  @Test
  void whatIsThereIsNotAnsweredAgain() throws IOException {
    job.writePages(12);
    job.run(job.chunked(4));
    List<Path> files = job.outputFiles();
    Files.delete(files.get(1));
    int before = job.answeredIds().size();
    long askedBefore = job.asked();

    JobSummary summary = job.run(job.resumed(5));

    assertThat(job.answeredIds()).isEqualTo(ids(12));
    assertThat(summary.rowsBefore()).isEqualTo(before);
    assertThat(summary.rows()).isEqualTo(12 - before);
    assertThat(job.asked() - askedBefore).isEqualTo(12 - before);
    assertThat(job.outputFiles()).contains(files.get(0));
    assertThat(job.output().resolve("_SUCCESS")).exists();
  }

  @Test
  void resumingNothingIsAJobFromTheStart() {
    job.writePages(3);

    assertThat(job.run(job.resumed(2)).rows()).isEqualTo(3);
    assertThat(job.answeredIds()).isEqualTo(ids(3));
  }

  @Test
  void anOutputThatAKilledJobHasOnlyBegunIsCompleted() throws IOException {
    job.writePages(3);
    Files.createDirectories(job.output().resolve("_temporary/0/_temporary/attempt_1"));
    Files.createDirectories(job.output().resolve("_xcomposer"));

    assertThat(job.run(job.resumed(2)).rows()).isEqualTo(3);
    assertThat(job.answeredIds()).isEqualTo(ids(3));
    assertThat(job.output().resolve("_temporary")).doesNotExist();
  }

  @Test
  void resumingWhatIsWholeAnswersNothing() throws IOException {
    job.writePages(4, 3);
    job.run(job.chunked(3));
    List<Path> files = job.outputFiles();
    long asked = job.asked();

    JobSummary summary = job.run(job.resumed(3));

    assertThat(summary.rows()).isZero();
    assertThat(summary.rowsBefore()).isEqualTo(7);
    assertThat(summary.failed()).isFalse();
    assertThat(job.asked()).isEqualTo(asked);
    assertThat(job.outputFiles()).isEqualTo(files);
  }

  /** Some files of a chunk are moved up, others are still where their tasks have put them. */
  @Test
  void aCommitThatWasCutShortIsCompletedWithoutRowsTwice() throws IOException {
    job.writePages(4, 4, 4);
    job.run(job.chunked(100));
    List<Path> files = job.outputFiles();
    assertThat(files).hasSizeGreaterThan(1);
    Path task =
        Files.createDirectories(
            job.output().resolve("_temporary/0/task_202611240000_0007_m_000001"));
    Files.move(files.get(0), task.resolve(files.get(0).getFileName()));
    Files.delete(job.output().resolve("_SUCCESS"));

    JobSummary summary = job.run(job.resumed(100));

    assertThat(summary.rows()).isBetween(1L, 11L);
    assertThat(job.answeredIds()).isEqualTo(ids(12));
    assertThat(job.output().resolve("_temporary")).doesNotExist();
  }

  @Test
  void aPartitionThatIsDoneInPartIsCompleted() {
    job.writePages(40);
    AnswerPlan plan = job.chunked(0);
    InputPlan some =
        new InputPlan(
            plan.input().paths(),
            List.of(),
            null,
            plan.input().options(),
            "id % 3 = 0",
            0,
            List.of(),
            null);
    job.run(job.plan(some, List.of("id"), Continuation.NONE, 5));
    assertThat(job.answeredIds()).hasSize(14);

    JobSummary summary = job.run(job.resumed(7));

    assertThat(summary.rows()).isEqualTo(26);
    assertThat(job.answeredIds()).isEqualTo(ids(40));
  }

  @Test
  void rowsWithAnErrorAreDone() {
    job.write(
        List.of(JobFolder.page(0, "page 0", "question 0"), JobFolder.page(1, "broken", "why?")));
    job.run(job.chunked(10));

    assertThat(job.run(job.resumed(10)).rows()).isZero();
  }

  @Test
  void otherSettingsAreRefusedAndNamed() {
    job.writePages(2);
    job.run(job.chunked(10));
    AnswerPlan other = JobFolder.withSettings(job.resumed(10), job.settings(9));

    assertThatThrownBy(() -> job.run(other))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("maxNewTokens was 8 and is 9")
        .hasMessageContaining("--resume-with-other-settings");
  }

  @Test
  void otherSettingsAreTakenWhereThatIsAskedFor() {
    job.writePages(2);
    job.run(job.chunked(10));
    job.write(List.of(JobFolder.page(2, "page 2", "question 2")));
    AnswerPlan other =
        JobFolder.withSettings(
            job.plan(
                InputPlan.ofPath(job.input().toString()),
                List.of("id"),
                Continuation.RESUME_WITH_OTHER_SETTINGS,
                10),
            job.settings(9));

    assertThat(job.run(other).rows()).isEqualTo(1);
    assertThat(job.answers())
        .extracting(row -> row.<String>getAs("xc_fingerprint"))
        .satisfies(all -> assertThat(all.get(0)).isEqualTo(all.get(1)).isNotEqualTo(all.get(2)));
  }

  @Test
  void anotherKeyIsRefusedEvenThen() {
    job.writePages(2);
    job.run(job.chunked(10));
    AnswerPlan hashed =
        job.plan(
            InputPlan.ofPath(job.input().toString()),
            List.of(),
            Continuation.RESUME_WITH_OTHER_SETTINGS,
            10);

    assertThatThrownBy(() -> job.run(hashed)).hasMessageContaining("give the same --key");
  }

  @Test
  void anOutputWithOtherColumnsIsRefused() {
    job.writePages(2);
    job.spark.range(3).write().parquet(job.output().toString());

    assertThatThrownBy(() -> job.run(job.resumed(10)))
        .hasMessageContaining("has other columns")
        .hasMessageContaining("answer is missing there");
  }

  @Test
  void resumeDoesNotGoTogetherWithASaveMode() {
    job.writePages(1);
    AnswerPlan plan =
        JobFolder.withOutput(
            job.resumed(1),
            output ->
                new OutputPlan(
                    output.path(),
                    null,
                    null,
                    output.options(),
                    OutputMode.OVERWRITE,
                    List.of(),
                    Continuation.RESUME,
                    1));

    assertThatThrownBy(() -> job.run(plan)).hasMessageContaining("do not go together");
  }

  @Test
  void aLimitCountsWhatIsThere() {
    job.writePages(5, 5);
    InputPlan three = limited(3);
    job.run(job.plan(three, List.of("id"), Continuation.NONE, 2));
    assertThat(job.answeredIds()).hasSize(3);

    job.run(job.plan(limited(7), List.of("id"), Continuation.RESUME, 2));

    assertThat(job.answeredIds()).hasSize(7).doesNotHaveDuplicates();
  }

  private InputPlan limited(long rows) {
    return new InputPlan(
        List.of(job.input().toString()), List.of(), null, Map.of(), null, rows, List.of(), null);
  }

  @Test
  void equalPagesWithHashedKeysAllComeOutOnce() {
    for (int file = 0; file < 3; file++) {
      job.write(
          List.of(
              JobFolder.page(10 * file, "blank", "what?"),
              JobFolder.page(10 * file + 1, "blank", "what?"),
              JobFolder.page(10 * file + 2, "page " + file, "what?")));
    }
    InputPlan all = InputPlan.ofPath(job.input().toString());

    job.run(job.plan(all, List.of(), Continuation.NONE, 2));

    List<String> keys =
        job.answers().stream().map(row -> row.<String>getAs("xc_key")).sorted().toList();
    assertThat(job.answeredIds()).containsExactly(0, 1, 2, 10, 11, 12, 20, 21, 22);
    assertThat(keys).doesNotHaveDuplicates().allMatch(key -> key.matches("[0-9a-f]{64}"));
  }

  @Test
  void equalPagesBehindALimitAreAnsweredByTheNextJobOnce() {
    for (int file = 0; file < 5; file++) {
      job.write(List.of(JobFolder.page(file, "blank", "what?")));
    }
    job.run(job.plan(limited(2), List.of(), Continuation.NONE, 2));
    assertThat(job.answeredIds()).hasSize(2);

    JobSummary summary = job.run(job.plan(limited(0), List.of(), Continuation.RESUME, 2));

    assertThat(summary.rows()).isEqualTo(3);
    assertThat(job.answeredIds()).isEqualTo(ids(5));
  }

  @Test
  void rowsThatAreAlikeInEveryColumnAreAllAnsweredBehindALimitToo() {
    job.write(Collections.nCopies(5, JobFolder.page(0, "blank", "what?")));
    job.run(job.plan(limited(2), List.of(), Continuation.NONE, 2));

    assertThat(job.run(job.plan(limited(0), List.of(), Continuation.RESUME, 2)).rows())
        .isEqualTo(3);
    assertThat(job.answers())
        .extracting(row -> row.<String>getAs("xc_key"))
        .hasSize(5)
        .doesNotHaveDuplicates()
        .filteredOn(key -> key.endsWith("-5"))
        .hasSize(1);
  }

  @Test
  void equalPagesThatAreDoneInPartAreCompleted() throws IOException {
    for (int file = 0; file < 4; file++) {
      job.write(
          List.of(
              JobFolder.page(2 * file, "blank", "what?"),
              JobFolder.page(2 * file + 1, "blank", "what?")));
    }
    InputPlan all = InputPlan.ofPath(job.input().toString());
    job.run(job.plan(all, List.of(), Continuation.NONE, 2));
    List<Path> files = job.outputFiles();
    assertThat(files).hasSizeGreaterThan(1);
    Files.delete(files.get(0));

    JobSummary summary = job.run(job.plan(all, List.of(), Continuation.RESUME, 3));

    assertThat(summary.rows()).isPositive();
    assertThat(job.answeredIds()).isEqualTo(ids(8));
    for (Row row : job.answers()) {
      assertThat(row.<String>getAs("answer")).isEqualTo("blank|<ImageHere>what?");
    }
  }
}
