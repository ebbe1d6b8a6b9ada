package io.xcomposer.spark.cli;

import io.xcomposer.model.SpecialText;
import io.xcomposer.spark.conf.XComposerOptions;
import io.xcomposer.spark.engine.EngineOpener;
import io.xcomposer.spark.job.AnswerPlan;
import io.xcomposer.spark.job.InputFormat;
import io.xcomposer.spark.job.OutputMode;
import io.xcomposer.spark.job.Question;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** The main job. No type of Spark in its fields or signatures: its help works without Spark. */
@Command(
    name = "run",
    sortOptions = false,
    customSynopsis = {
      "xcomposer run --model DIR --input PATH --output PATH",
      "                     (--question-column COLUMN | --question TEXT) [OPTIONS]"
    },
    description = {
      "Answers a question for every row of a table of pages, with Spark.",
      "The output has the input's columns and answer, finish_reason (eos or length), prompt_tokens,"
          + " image_tokens, new_tokens, error. A row that cannot be answered has 'KIND: message' in"
          + " error and null in the other five."
    },
    footer = {
      "",
      "Options of spark-submit (--master, --conf, --driver-memory, --executor-cores ...) can be"
          + " given as well and go to it. SPARK_HOME says which Spark; without it the one that the"
          + " build has put together runs, on all cores of this machine.",
      "",
      "Example: xcomposer run --model DIR --input pages.parquet --output answers --question-column"
          + " question"
    })
final class RunCommand implements Callable<Integer> {
  private final Console console;
  private final EngineOpener opener;

  @Mixin CommonFlags common;

  @Mixin private ModelFlags modelFlags;

  @Option(
      names = "--input",
      required = true,
      paramLabel = "PATH",
      description = "Parquet file or folder, or a folder of images.")
  private String input;

  @Option(
      names = "--format",
      paramLabel = "parquet|binaryFile",
      description = "How the input is stored. Default: by the endings of its files.")
  private InputFormat format;

  @Option(
      names = "--image-column",
      paramLabel = "COLUMN",
      description =
          "File contents (binary), paths (string) or Spark's image type. Default: image; content"
              + " for a folder of images.")
  private String imageColumn;

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
      names = "--output",
      required = true,
      paramLabel = "PATH",
      description = "Folder for the Parquet files of the output.")
  private String output;

  @Option(
      names = "--mode",
      paramLabel = "errorifexists|overwrite|append|ignore",
      defaultValue = "errorifexists",
      description = "What to do when the output is there already. Default: ${DEFAULT-VALUE}.")
  private OutputMode mode;

  @Option(
      names = "--look-ahead",
      paramLabel = "N",
      defaultValue = "" + XComposerOptions.DEFAULT_LOOK_AHEAD,
      description =
          "Rows that a task gives to the engine before it waits for an answer."
              + " Default: ${DEFAULT-VALUE}.")
  private int lookAhead;

  @Mixin private EngineFlags engineFlags;

  @Mixin private PromptFlags promptFlags;

  @Mixin private GenerationFlags generationFlags;

  RunCommand(Console console, EngineOpener opener) {
    this.console = console;
    this.opener = opener;
  }

  @Override
  public Integer call() {
    return new SparkRun(console, opener).run(plan()) ? 0 : Main.FAILURE;
  }

  private AnswerPlan plan() {
    XComposerOptions options =
        new XComposerOptions(
            modelFlags.checkpoint().toString(),
            engineFlags.settings(),
            promptFlags.settings(SpecialText.NEUTRALIZED),
            generationFlags.options(),
            lookAhead);
    return new AnswerPlan(input, format, imageColumn, question.toQuestion(), output, mode, options);
  }
}
