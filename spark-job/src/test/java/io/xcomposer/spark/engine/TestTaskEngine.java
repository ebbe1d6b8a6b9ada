package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.conf.EngineSettings;
import io.xcomposer.spark.rows.Outcome;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestTaskEngine {
  private final ManualEngine engine = new ManualEngine();
  private final ExecutorEngine engines = new ExecutorEngine();
  private final EngineReports reports = new EngineReports();
  private final TaskEngine task = open(3);

  private TaskEngine open(int attempts) {
    return TaskEngine.open(
        engines,
        new EnginePlan(
            "model",
            EngineSettings.EXACT,
            new RowAttempts(attempts, null),
            engine.opener(),
            reports),
        new TaskDevice("cpu", Optional.of("1")),
        0,
        () -> false);
  }

  @AfterEach
  void closeTheTask() {
    task.close();
  }

  private CompletableFuture<Outcome> submit(String query) {
    return submit(task, query);
  }

  private static CompletableFuture<Outcome> submit(TaskEngine task, String query) {
    return task.submit(
            () -> {
              throw new AssertionError("nobody needs the key");
            },
            List.of(ManualEngine.request(query)))
        .get(0);
  }

  @Test
  void anAnswerIsAnOutcomeAndIsCounted() throws InterruptedException, ExecutionException {
    CompletableFuture<Outcome> outcome = submit("q");
    engine.next().answer();

    assertThat(outcome.get()).isEqualTo(new Outcome.Answered(ManualEngine.answerOf("q"), 0));
    EngineCounters counters = engines.counters();
    assertThat(counters.rows()).isEqualTo(1);
    assertThat(counters.answers()).isEqualTo(1);
    assertThat(counters.newTokens()).isEqualTo(2);
    assertThat(counters.promptTokens()).isEqualTo(10);
    assertThat(counters.imageTokens()).isEqualTo(4);
    assertThat(counters.imageCacheHits()).isEqualTo(1);
    assertThat(counters.encodedViews()).isEqualTo(3);
    assertThat(counters.seconds().prefill()).isEqualTo(3);
    assertThat(engines.rowsInWork()).isZero();
  }

  @Test
  void theQuestionsOfARowHaveAnOutcomeEachAndMakeOneRow()
      throws InterruptedException, ExecutionException {
    List<CompletableFuture<Outcome>> outcomes =
        task.submit(() -> "k", List.of(ManualEngine.request("a"), ManualEngine.request("b")));
    engine.next().answer();
    assertThat(engines.rowsInWork()).isEqualTo(1);
    engine.next().future().completeExceptionally(Errors.prompt("too long", "ask less"));

    assertThat(outcomes.get(0).get()).isInstanceOf(Outcome.Answered.class);
    assertThat(((Outcome.Failed) outcomes.get(1).get()).error().kind()).isEqualTo("PROMPT");
    assertThat(engines.counters().rows()).isEqualTo(1);
    assertThat(engines.counters().errors()).isEqualTo(1);
    assertThat(engines.rowsInWork()).isZero();
  }

  @Test
  void anErrorOfTheRowIsNotTriedAgain() throws InterruptedException, ExecutionException {
    CompletableFuture<Outcome> outcome = submit("q");
    engine.next().future().completeExceptionally(Errors.image("broken", "mend it"));

    Outcome.Failed failed = (Outcome.Failed) outcome.get();
    assertThat(failed.retries()).isZero();
    assertThat(failed.error()).hasToString("IMAGE: broken. To fix: mend it.");
    assertThat(engine.nothingAsked()).isTrue();
  }

  @Test
  void whatMayPassIsTriedAgainAndCounted() throws InterruptedException, ExecutionException {
    CompletableFuture<Outcome> outcome = submit("q");
    engine.next().future().completeExceptionally(Errors.memory("no room", "wait"));
    engine.next().answer();

    assertThat(outcome.get()).isEqualTo(new Outcome.Answered(ManualEngine.answerOf("q"), 1));
    assertThat(engines.counters().retries()).isEqualTo(1);
  }

  @Test
  void whatDoesNotPassIsTriedAsOftenAsConfigured() throws InterruptedException, ExecutionException {
    CompletableFuture<Outcome> outcome = submit("q");
    for (int i = 0; i < 3; i++) {
      engine.next().future().completeExceptionally(Errors.memory("no room", "wait"));
    }

    Outcome.Failed failed = (Outcome.Failed) outcome.get();
    assertThat(failed.retries()).isEqualTo(2);
    assertThat(failed.error().kind()).isEqualTo("MEMORY");
  }

  @Test
  void anErrorThatNobodyForesawIsTriedOnceMore() throws InterruptedException, ExecutionException {
    CompletableFuture<Outcome> outcome = submit("q");
    for (int i = 0; i < 2; i++) {
      engine.next().future().completeExceptionally(new IndexOutOfBoundsException("7"));
    }

    Outcome.Failed failed = (Outcome.Failed) outcome.get();
    assertThat(failed.retries()).isEqualTo(1);
    assertThat(failed.error().kind()).isEqualTo("INTERNAL");
  }

  @Test
  void oneAttemptIsNoRetry() throws InterruptedException, ExecutionException {
    try (TaskEngine once = open(1)) {
      CompletableFuture<Outcome> outcome = submit(once, "q");
      engine.next().future().completeExceptionally(Errors.memory("no room", "wait"));

      assertThat(((Outcome.Failed) outcome.get()).retries()).isZero();
    }
  }

  @Test
  void aCancelledQuestionIsCancelledInTheEngine() throws InterruptedException {
    CompletableFuture<Outcome> outcome = submit("q");
    ManualEngine.Asked asked = engine.next();
    outcome.cancel(true);

    assertThat(asked.future()).isCancelled();
    assertThat(engines.rowsInWork()).isZero();
    assertThat(engines.counters().rows()).isZero();
  }

  @Test
  void aBrokenDeviceEndsTheTaskAndTheEngineIsGivenToNobodyMore() throws InterruptedException {
    CompletableFuture<Outcome> outcome = submit("q");
    XComposerException error = Errors.device("broken", "mend it", null);
    engine.next().future().completeExceptionally(error);

    assertThat(outcome.handle((done, thrown) -> thrown).join()).isSameAs(error);
    assertThat(engines.devices()).isEmpty();
    assertThat(engine.closed).isFalse();
    task.close();
    assertThat(engine.closed).isTrue();
  }

  @Test
  void onlyALostDeviceIsToldToThePlugin() throws InterruptedException {
    List<Throwable> lost = new ArrayList<>();
    engines.onLost((report, error) -> lost.add(error));
    submit("a");
    submit("b");
    submit("c");
    engine.next().future().completeExceptionally(Errors.device("broken", "mend it", null));
    assertThat(lost).isEmpty();
    engine.next().future().completeExceptionally(Errors.deviceLost("gone", null));
    engine.next().future().completeExceptionally(Errors.deviceLost("gone", null));
    assertThat(lost)
        .extracting(Throwable::getMessage)
        .containsExactly(
            "gone. To fix: end this process and start a new one; if it comes back, check the device.");
  }

  @Test
  void theReportSaysWhichGpuWasAssigned() {
    assertThat(reports.value()).hasSize(1);
    EngineReport report = reports.value().get(0);
    assertThat(report.device()).isEqualTo("cpu");
    assertThat(report.assignedAddress()).isEqualTo("1");
    assertThat(report.modelLoads()).isEqualTo(1);
    assertThat(task.report()).isEqualTo(report);
  }
}
