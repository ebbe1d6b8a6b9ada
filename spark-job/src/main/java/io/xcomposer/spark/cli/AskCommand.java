package io.xcomposer.spark.cli;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.engine.EngineOpener;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** Asks about images, or without one. */
@Command(
    name = "ask",
    sortOptions = false,
    customSynopsis =
        "xcomposer ask --model DIR [--image FILE]... (--question TEXT | --questions FILE) [OPTIONS]",
    description = {
      "Answers a question about an image, printing the answer as it grows.",
      "A question without <ImageHere> gets it in front, one for each image, unless the history has"
          + " it."
    },
    footer = {
      "",
      "Example: xcomposer ask --model DIR --image page.png --question 'What is the total?'"
    })
final class AskCommand implements Callable<Integer> {
  private static final int MAX_QUESTION_BYTES = 16 << 20;

  private final Console console;
  private final EngineOpener opener;

  @Mixin CommonFlags common;

  @ArgGroup(multiplicity = "1")
  private Questions questions;

  private static final class Questions {
    @Option(names = "--question", paramLabel = "TEXT", description = "The question.")
    private String text;

    @Option(
        names = "--questions",
        paramLabel = "FILE",
        description =
            "Several questions on the same images, one a line. Prints a line for each; line breaks"
                + " in an answer are written as \\n.")
    private Path file;
  }

  @Option(
      names = "--history",
      paramLabel = "FILE.json",
      description =
          "Earlier rounds, oldest first: a list of [question, answer] pairs or of objects with"
              + " question and answer.")
  private Path history;

  @Mixin private Conversation conversation;

  AskCommand(Console console, EngineOpener opener) {
    this.console = console;
    this.opener = opener;
  }

  @Override
  public Integer call() {
    if (questions.text != null) {
      conversation.answer(questions.text, history, console, opener);
      return 0;
    }
    List<String> all =
        UserFile.text("--questions", questions.file, MAX_QUESTION_BYTES)
            .lines()
            .filter(line -> !line.isBlank())
            .toList();
    if (all.isEmpty()) {
      throw Errors.input(
          "--questions " + questions.file + " has no question", "write one question a line");
    }
    return conversation.answerAll(all, history, console, opener) ? 0 : Main.FAILURE;
  }
}
