package io.xcomposer.spark.cli;

import io.xcomposer.model.Errors;
import java.io.InputStreamReader;
import java.io.Reader;
import java.io.StringReader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** SQL statements with our functions. No type of Spark here: its help works without Spark. */
@Command(
    name = "sql",
    sortOptions = false,
    customSynopsis = {"xcomposer sql [--model DIR] [-e STATEMENT]... [-f FILE] [OPTIONS]"},
    description = {
      "Runs SQL statements in a Spark session that has ask, ask_struct, caption and caption_struct;"
          + " without -e and -f it reads them from standard input.",
      "A statement ends with ; at the end of a line."
    },
    footer = {
      "",
      "Options of spark-submit (--master, --conf ...) can be given as well and go to it; so"
          + " --conf spark.xcomposer.hdNum=55 sets a default for all calls (docs/configuration.md).",
      "",
      "Example: xcomposer sql --model DIR -e \"SELECT path, ask(content, 'What is the total?')"
          + " FROM binaryFile.\\`/data/pages\\`\""
    })
final class SqlCommand implements Callable<Integer> {
  private static final int MAX_SCRIPT_BYTES = 16 << 20;

  private final Console console;

  @Mixin CommonFlags common;

  @Option(
      names = "--model",
      paramLabel = "DIR",
      description =
          "Folder of the checkpoint. Otherwise spark.xcomposer.model of the session says it.")
  private Path model;

  @Option(
      names = {"-e", "--execute"},
      paramLabel = "STATEMENT",
      description = "A statement to run; several are run in their order.")
  private List<String> statements = List.of();

  @Option(
      names = {"-f", "--file"},
      paramLabel = "FILE",
      description = "A file of statements, run after those of -e.")
  private Path file;

  @Option(
      names = "--rows",
      paramLabel = "N",
      defaultValue = "1000",
      description = "Most rows of a result to print. Default: ${DEFAULT-VALUE}.")
  private int rows;

  SqlCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    if (rows < 1) {
      throw Errors.option("rows", rows, "a positive number of rows");
    }
    String script = file == null ? "" : UserFile.text("--file", file, MAX_SCRIPT_BYTES);
    try (SqlSession session = SqlSession.open(console, model, rows)) {
      statements.forEach(session::run);
      new StatementReader(new StringReader(script), () -> {}).forEachRemaining(session::run);
      boolean interactive = statements.isEmpty() && file == null;
      return !interactive || converse(session) ? 0 : Main.FAILURE;
    }
  }

  /** At a prompt an error is told and the next statement read. */
  private boolean converse(SqlSession session) {
    Runnable prompt = System.console() == null ? () -> {} : this::prompt;
    Reader in = new InputStreamReader(System.in, StandardCharsets.UTF_8);
    boolean allWell = true;
    StatementReader typed = new StatementReader(in, prompt);
    while (typed.hasNext()) {
      allWell &= session.attempt(typed.next());
    }
    return allWell;
  }

  private void prompt() {
    console.err().print("xcomposer> ");
    console.err().flush();
  }
}
