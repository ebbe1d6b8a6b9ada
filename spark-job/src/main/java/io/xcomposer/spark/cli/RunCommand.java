package io.xcomposer.spark.cli;

import io.xcomposer.model.SpecialText;
import io.xcomposer.spark.conf.ConfEntry;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.Defaults;
import io.xcomposer.spark.conf.ErrorMode;
import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.job.AnswerPlan;
import io.xcomposer.spark.job.Question;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** The main job. No type of Spark in its fields or signatures: its help works without Spark. */
@Command(
    name = "run",
    sortOptions = false,
    customSynopsis = {
      "xcomposer run --model DIR (--input PATH | --input-table TABLE)...",
      "                     (--output PATH | --output-table TABLE)",
      "                     (--question-column COLUMN | --question TEXT) [OPTIONS]"
    },
    description = {
      "Answers a question for every row of a table of pages, with Spark.",
      "The output has the input's columns and answer, finish_reason (eos or length), prompt_tokens,"
          + " image_tokens, new_tokens, confidence, error, error_class, retries, xc_key,"
          + " xc_fingerprint. A row that cannot be answered has 'KIND: message' in error and no"
          + " answer.",
      "The rows are answered and committed in chunks. A job that was killed is completed by the same"
          + " command with --resume: xc_key says which rows are done, xc_fingerprint with which"
          + " model and settings."
    },
    footer = {
      "",
      "Options of spark-submit (--master, --conf, --driver-memory, --executor-cores ...) can be"
          + " given as well and go to it. SPARK_HOME says which Spark; without it the one that the"
          + " build has put together runs, on all cores of this machine.",
      "",
      "Example: xcomposer run --model DIR --input pages.parquet --output answers --question-column"
          + " question --key id"
    })
final class RunCommand implements Callable<Integer> {
  private final Console console;

  @Spec private CommandSpec command;

  @Mixin CommonFlags common;

  @Mixin private ModelFlags modelFlags;

  @Mixin private InputFlags inputFlags;

  @ArgGroup(multiplicity = "1")
  private QuestionFlags question;

  private static final class QuestionFlags {
    @Option(
        names = "--question-column",
        paramLabel = "COLUMN",
        description = "Column with a question for each row.")
    private String column;

    @Option(
        names = "--question",
        paramLabel = "TEXT",
        description = "The same question for every row.")
    private String text;

    Question toQuestion() {
      return text == null ? new Question.Column(column) : new Question.Constant(text);
    }
  }

  @Option(
      names = "--key",
      paramLabel = "COLUMN",
      split = ",",
      description =
          "Column, or columns with commas between, that name a row. Default: a hash of image and"
              + " question; equal ones are numbered.")
  private List<String> key = List.of();

  @Mixin private OutputFlags outputFlags;

  @Option(
      names = "--error-mode",
      paramLabel = "permissive|dropmalformed|failfast",
      description =
          "What becomes of a row that cannot be answered: it stays with its error, is left out, or"
              + " ends the job. Default: spark.xcomposer.mode, or permissive.")
  private ErrorMode errorMode;

  @Mixin private ReportFlags reportFlags;

  @Option(
      names = "--look-ahead",
      paramLabel = "N",
      defaultValue = "" + Defaults.LOOK_AHEAD_ROWS,
      description =
          "Rows that a task gives to the engine before it waits for an answer."
              + " Default: ${DEFAULT-VALUE}.")
  private int lookAhead;

  @Mixin private EngineFlags engineFlags;

  @Mixin private PromptFlags promptFlags;

  @Mixin private GenerationFlags generationFlags;

  RunCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    AnswerPlan plan = plan();
    return new SparkRun(console, reportFlags.report()).run(plan) ? 0 : Main.FAILURE;
  }

  private AnswerPlan plan() {
    // What does not go together is told in the words of the flags.
    engineFlags.settings();
    promptFlags.settings(SpecialText.NEUTRALIZED);
    generationFlags.options();
    Map<String, String> settings = GivenSettings.of(command.commandLine().getParseResult());
    settings.put(ConfKeys.MODEL.name(), modelFlags.checkpoint().toString());
    Map<String, String> keys = new HashMap<>();
    settings.forEach((name, value) -> keys.put(ConfEntry.PREFIX + name, value));
    XComposerConf.read(keys);
    return new AnswerPlan(
        inputFlags.plan(),
        question.toQuestion(),
        key,
        outputFlags.plan(),
        settings,
        Version.ofBuild());
  }
}
