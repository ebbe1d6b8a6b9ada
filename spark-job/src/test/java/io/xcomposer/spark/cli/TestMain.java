package io.xcomposer.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class TestMain {
  @TempDir private Path model;

  @ParameterizedTest
  @ValueSource(strings = {"ask", "caption", "run", "inspect", "golden", "bench"})
  void everyCommandExplainsItself(String command) {
    CommandRun run = CommandRun.of(command, "--help");

    assertThat(run.code()).isZero();
    assertThat(run.err()).isEmpty();
    assertThat(run.out()).startsWith("Usage: xcomposer " + command).contains("--help");
    assertThat(CommandRun.of("help", command).out()).isEqualTo(run.out());
  }

  @Test
  void theVersionIsThatOfTheBuild() {
    assertThat(CommandRun.of("--version").out()).matches("xcomposer \\d+\\.\\d+\\.\\d+.*\\R");
  }

  @Test
  void noCommandIsAUsageError() {
    assertThat(CommandRun.of().code()).isEqualTo(2);
  }

  @Test
  void theErrorOfARowIsFoundInWhatSparkSays() {
    Exception ofSpark =
        new IllegalStateException(
            "Job aborted due to stage failure: Task 0 in stage 7.0 failed 1 times: "
                + "java.lang.RuntimeException: IMAGE: no picture\n\tat somewhere");

    assertThat(Main.unknown(new IllegalStateException("Task failed", ofSpark)))
        .isEqualTo("IMAGE: no picture");
    assertThat(Main.unknown(new IllegalStateException("other\nlines")))
        .isEqualTo("java.lang.IllegalStateException: other");
  }

  @Test
  void anUnknownCommandIsAUsageError() {
    CommandRun run = CommandRun.of("answer");

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("answer");
  }

  @Test
  void aJobNeedsOneQuestionNotTwo() {
    String[] args = {
      "run",
      "--model",
      model.toString(),
      "--input",
      "i",
      "--output",
      "o",
      "--question",
      "q",
      "--question-column",
      "c"
    };

    CommandRun run = CommandRun.of(args);

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).contains("mutually exclusive");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "--mode=replace",
        "--limit=0",
        "--chunk-rows=0",
        "--price-per-hour=-1",
        "--progress=dots",
        "--error-mode=ignore",
        "--special-text=kept",
        "--look-ahead=0",
        "--threads=0",
        "--early-stopping",
        "--device=tpu",
        "--seed=3"
      })
  void aJobsOptionsAreCheckedBeforeSparkStarts(String option) {
    CommandRun run =
        CommandRun.of(
            "run", "--model", model.toString(), "--input=i", "--output=o", "--question=q", option);

    assertThat(run.code()).isEqualTo(2);
    assertThat(run.err()).startsWith("xcomposer run: ");
  }
}
