package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.conf.EngineSettings;
import io.xcomposer.spark.quarantine.Presence;
import io.xcomposer.spark.quarantine.QuarantineFolder;
import io.xcomposer.spark.rows.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.function.Supplier;
import java.util.stream.Stream;
import org.apache.hadoop.conf.Configuration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/**
 * Attempts of a task, each in an executor of its own. One that goes down is left as it is: its rows
 * stay in work, and it gives no sign of life again.
 */
// Where a row should be set aside and is not, nobody would ever answer it.
@Timeout(120)
class TestCarefulRows {
  /** Of an executor that will go down, and takes others for dead soon. */
  private static final Supplier<Presence> MORTAL =
      () -> new Presence(Duration.ofDays(1), Duration.ofMillis(40));

  @TempDir private Path folder;
  private String dir;

  @BeforeEach
  void nameTheFolder() {
    dir = folder.resolve("quarantine").toString();
  }

  private final class Executor {
    private final ManualEngine engine = new ManualEngine();
    private final ExecutorEngine engines;
    private final int maxAttempts;

    Executor(Presence presence, int maxAttempts) {
      engines = new ExecutorEngine(presence);
      this.maxAttempts = maxAttempts;
    }

    TaskEngine attempt(int number) {
      return TaskEngine.open(
          engines,
          new EnginePlan(
              "model",
              EngineSettings.EXACT,
              new RowAttempts(maxAttempts, QuarantineFolder.at(dir, new Configuration())),
              engine.opener(),
              null),
          new TaskDevice("cpu", Optional.empty()),
          number,
          () -> false);
    }
  }

  private Executor executor() {
    return new Executor(MORTAL.get(), 3);
  }

  private static CompletableFuture<Outcome> submit(TaskEngine task, String key) {
    return task.submit(() -> key, List.of(ManualEngine.request(key))).get(0);
  }

  private static void answered(Executor executor, TaskEngine task, String key)
      throws InterruptedException, ExecutionException {
    CompletableFuture<Outcome> outcome = submit(task, key);
    executor.engine.next().answer();
    assertThat(outcome.get()).as(key).isInstanceOf(Outcome.Answered.class);
  }

  private static void setAside(Executor executor, TaskEngine task, String key)
      throws InterruptedException, ExecutionException {
    Outcome.Failed failed = (Outcome.Failed) submit(task, key).get();
    assertThat(failed.error().kind()).isEqualTo("QUARANTINED");
    assertThat(executor.engine.nothingAsked()).isTrue();
    assertThat(executor.engines.counters().quarantined()).isPositive();
  }

  /** A first attempt that leaves nothing, and a second one with all these rows in work. */
  private void crashTwiceWith(String... keys) throws InterruptedException {
    Executor first = executor();
    TaskEngine unrecorded = first.attempt(0);
    for (String key : keys) {
      submit(unrecorded, key);
    }
    crashOnceWith(keys);
  }

  private void crashOnceWith(String... keys) throws InterruptedException {
    Executor executor = executor();
    TaskEngine task = executor.attempt(1);
    for (String key : keys) {
      submit(task, key);
      executor.engine.next();
    }
  }

  private List<String> files() throws IOException {
    Path path = Path.of(dir);
    if (!Files.exists(path)) {
      return List.of();
    }
    try (Stream<Path> all = Files.list(path)) {
      return all.map(file -> file.getFileName().toString())
          .filter(name -> !name.startsWith("."))
          .toList();
    }
  }

  @Test
  void aFirstAttemptLeavesNothingAndAsksForNoKey() throws IOException, InterruptedException {
    Executor executor = executor();
    executor
        .attempt(0)
        .submit(
            () -> {
              throw new AssertionError("nobody needs the key");
            },
            List.of(ManualEngine.request("q")));

    assertThat(executor.engine.next().query()).isEqualTo("q");
    assertThat(files()).isEmpty();
  }

  @Test
  void theRowThatTakesExecutorsDownIsSetAsideAndItsNeighboursAreNot()
      throws InterruptedException, ExecutionException {
    crashTwiceWith("one", "poison", "two");

    Executor third = executor();
    TaskEngine alone = third.attempt(2);
    answered(third, alone, "one");
    submit(alone, "poison");
    assertThat(third.engine.next().query()).isEqualTo("poison");

    Executor fourth = executor();
    TaskEngine last = fourth.attempt(3);
    answered(fourth, last, "one");
    setAside(fourth, last, "poison");
    answered(fourth, last, "two");
  }

  @Test
  void aJobThatIsSubmittedAgainStillKnows() throws InterruptedException, ExecutionException {
    crashTwiceWith("poison");
    submit(executor().attempt(2), "poison");

    Executor again = executor();
    TaskEngine task = again.attempt(0);
    setAside(again, task, "poison");
    answered(again, task, "other");
  }

  @Test
  void theMessageCountsAndSaysHowToTryAgain() throws InterruptedException, ExecutionException {
    crashTwiceWith("poison");
    submit(executor().attempt(2), "poison");

    Outcome.Failed failed = (Outcome.Failed) submit(executor().attempt(3), "poison").get();
    assertThat(failed.error().message())
        .contains("2 executors or engines went down")
        .containsPattern(
            "delete the files crash-[0-9a-f]{64}\\* in spark.xcomposer.quarantine.dir");
  }

  @Test
  void crashesBesideOthersNeverSetARowAside() throws InterruptedException, ExecutionException {
    List<Executor> executors = Stream.generate(this::executor).limit(5).toList();
    List<TaskEngine> tasks = executors.stream().map(executor -> executor.attempt(1)).toList();
    for (TaskEngine task : tasks) {
      submit(task, "other");
      submit(task, "innocent");
    }

    Executor last = executor();
    answered(last, last.attempt(2), "innocent");
  }

  @Test
  void aSuspectThatIsDoneIsNoSuspectAnyMore()
      throws InterruptedException, ExecutionException, IOException {
    crashTwiceWith("innocent");
    Executor executor = executor();
    try (TaskEngine task = executor.attempt(2)) {
      answered(executor, task, "innocent");
    }

    assertThat(files()).isEmpty();
  }

  @Test
  void aSuspectThatFailsInOrderIsNoSuspectAnyMore()
      throws InterruptedException, ExecutionException, IOException {
    crashTwiceWith("broken");
    Executor executor = executor();
    try (TaskEngine task = executor.attempt(2)) {
      CompletableFuture<Outcome> outcome = submit(task, "broken");
      executor.engine.next().future().completeExceptionally(Errors.image("broken", "mend it"));
      assertThat(((Outcome.Failed) outcome.get()).error().kind()).isEqualTo("IMAGE");
    }

    assertThat(files()).isEmpty();
  }

  @Test
  void aSuspectIsAloneInItsExecutor() throws InterruptedException, ExecutionException {
    crashTwiceWith("suspect");
    Executor executor = executor();
    TaskEngine other = executor.attempt(0);
    CompletableFuture<Outcome> before = submit(other, "before");
    CompletableFuture<Outcome> suspect =
        CompletableFuture.supplyAsync(() -> submit(executor.attempt(2), "suspect"))
            .thenCompose(outcome -> outcome);
    ManualEngine.Asked first = executor.engine.next();
    Thread.sleep(100); // that nothing is asked now would be seen by what follows
    assertThat(executor.engine.nothingAsked()).isTrue();

    first.answer();
    assertThat(before.get()).isInstanceOf(Outcome.Answered.class);
    ManualEngine.Asked alone = executor.engine.next();
    assertThat(alone.query()).isEqualTo("suspect");
    assertThat(executor.engines.rowsInWork()).isEqualTo(1);
    alone.answer();
    assertThat(suspect.get()).isInstanceOf(Outcome.Answered.class);
  }

  @Test
  void aRowInWorkInALivingExecutorHasNotCrashed()
      throws InterruptedException, ExecutionException, IOException {
    Executor alive = new Executor(new Presence(Duration.ofMillis(20), Duration.ofDays(1)), 3);
    TaskEngine original = alive.attempt(1);
    CompletableFuture<Outcome> slow = submit(original, "slow");
    ManualEngine.Asked asked = alive.engine.next();

    Executor other = new Executor(new Presence(Duration.ofMillis(20), Duration.ofDays(1)), 3);
    TaskEngine speculative = other.attempt(2);
    CompletableFuture<Outcome> beside = submit(speculative, "beside");
    ManualEngine.Asked besideAsked = other.engine.next();
    CompletableFuture<Outcome> copy = submit(speculative, "slow");
    assertThat(other.engine.next().query()).isEqualTo("slow");
    assertThat(other.engines.rowsInWork()).as("the copy is not alone").isEqualTo(2);

    asked.answer();
    besideAsked.answer();
    copy.cancel(true);
    assertThat(slow.get()).isEqualTo(new Outcome.Answered(ManualEngine.answerOf("slow"), 0));
    assertThat(beside.get()).isInstanceOf(Outcome.Answered.class);
    original.close();
    speculative.close();
    assertThat(files()).filteredOn(name -> !name.startsWith("process-")).isEmpty();
  }

  @Test
  void aTaskThatIsKilledLeavesNothing() throws InterruptedException, IOException {
    Executor executor = executor();
    TaskEngine task = executor.attempt(1);
    submit(task, "a").cancel(true);
    submit(task, "b");
    assertThat(files()).anyMatch(name -> name.startsWith("work-"));

    task.close();

    assertThat(files()).filteredOn(name -> !name.startsWith("process-")).isEmpty();
  }

  @Test
  void theGateIsFreeAgainAfterATaskThatWasKilled() throws InterruptedException {
    Executor executor = executor();
    TaskEngine task = executor.attempt(1);
    CompletableFuture<Outcome> outcome = submit(task, "a");
    task.close();
    outcome.cancel(true);

    assertThat(executor.engines.rowsInWork()).isZero();
  }

  @Test
  void anEngineThatFailsThreeTimesWithARowHasTheRowSetAside()
      throws InterruptedException, ExecutionException {
    for (int attempt = 0; attempt < 3; attempt++) {
      Executor executor = executor();
      try (TaskEngine task = executor.attempt(attempt)) {
        CompletableFuture<Outcome> outcome = submit(task, "poison");
        executor
            .engine
            .next()
            .future()
            .completeExceptionally(Errors.deviceLost("an illegal address", null));
        assertThat(outcome).isCompletedExceptionally();
      }
    }

    Executor last = executor();
    setAside(last, last.attempt(3), "poison");
  }

  @Test
  void aSingleAttemptStillNeedsAProof() throws InterruptedException, ExecutionException {
    crashTwiceWith("poison", "innocent");
    Executor alone = new Executor(MORTAL.get(), 1);
    TaskEngine task = alone.attempt(2);
    answered(alone, task, "innocent");
    submit(task, "poison");
    alone.engine.next();

    Executor last = new Executor(MORTAL.get(), 1);
    setAside(last, last.attempt(3), "poison");
  }

  @Test
  void allQuestionsOfARowInQuarantineHaveAnOutcome() throws InterruptedException {
    crashTwiceWith("poison");
    submit(executor().attempt(2), "poison");

    List<CompletableFuture<Outcome>> outcomes =
        executor()
            .attempt(3)
            .submit(() -> "poison", List.of(ManualEngine.request("a"), ManualEngine.request("b")));

    assertThat(outcomes)
        .hasSize(2)
        .allSatisfy(o -> assertThat(o.join()).isInstanceOf(Outcome.Failed.class));
  }

  @Test
  void keysMayBeAnything() throws InterruptedException, ExecutionException, IOException {
    String hostile = "../../x\n\u0000*?" + "y".repeat(1 << 20);
    crashTwiceWith(hostile);
    submit(executor().attempt(2), hostile);

    Executor last = executor();
    setAside(last, last.attempt(3), hostile);
    try (Stream<Path> all = Files.walk(folder)) {
      assertThat(all.filter(Files::isRegularFile))
          .allSatisfy(file -> assertThat(Files.size(file)).isLessThan(1_000));
    }
  }

  @Test
  void foreignFilesAreLeftAlone() throws InterruptedException, ExecutionException, IOException {
    Files.createDirectories(Path.of(dir));
    for (String name :
        List.of("crash-zz-alone-0", "work-", "crash-" + "0".repeat(64), "notes.txt", "process-")) {
      Files.writeString(Path.of(dir, name), "x");
    }
    Files.createDirectory(Path.of(dir, "work-" + "0".repeat(64) + "-shared"));
    Executor executor = executor();
    try (TaskEngine task = executor.attempt(1)) {
      answered(executor, task, "a");
    }

    assertThat(files()).hasSize(6).contains("notes.txt");
  }

  @Test
  void aFolderThatCannotBeWrittenIsAnErrorThatNamesTheKey()
      throws IOException, InterruptedException {
    dir = Files.writeString(folder.resolve("file"), "no folder").resolve("x").toString();

    assertThatThrownBy(() -> QuarantineFolder.at(dir, new Configuration()).check())
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("spark.xcomposer.quarantine.dir = " + dir)
        .hasMessageContaining("To fix");
    assertThatThrownBy(() -> QuarantineFolder.at("nosuch://x/y", new Configuration()).check())
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("nosuch://x/y");
  }

  @Test
  void theCheckOfTheFolderLeavesNothing() throws IOException {
    QuarantineFolder.at(dir, new Configuration()).check();

    assertThat(files()).isEmpty();
  }
}
