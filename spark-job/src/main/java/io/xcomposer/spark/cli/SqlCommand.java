package io.xcomposer.spark.cli;

import io.xcomposer.model.Errors;
import java.io.BufferedReader;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.InputStreamReader;
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
  public Integer call() throws IOException {
    if (rows < 1) {
      throw Errors.option("rows", rows, "a positive number of rows");
    }
    boolean interactive = statements.isEmpty() && file == null;
    try (SqlSession session = SqlSession.open(console, model, rows)) {
      for (String statement : statements) {
        session.run(statement);
      }
      if (file != null) {
        try (InputStream in = new FileInputStream(UserFile.existing(file, "--file").toFile())) {
          runAll(in, session, false);
        }
      }
      return !interactive || runAll(System.in, session, true) ? 0 : Main.FAILURE;
    }
  }

  /** Runs statement by statement; at a prompt an error is told and the next one read. */
  private boolean runAll(InputStream in, SqlSession session, boolean goOn) throws IOException {
    boolean prompt = goOn && System.console() != null;
    boolean allWell = true;
    BufferedReader lines = new BufferedReader(new InputStreamReader(in, StandardCharsets.UTF_8));
    StringBuilder statement = new StringBuilder();
    for (String line = ask(prompt, lines); line != null; line = ask(prompt, lines)) {
      statement.append(line).append('\n');
      if (line.stripTrailing().endsWith(";")) {
        allWell &= goOn ? session.attempt(statement.toString()) : ran(session, statement);
        statement.setLength(0);
      }
    }
    if (!statement.toString().isBlank()) {
      allWell &= goOn ? session.attempt(statement.toString()) : ran(session, statement);
    }
    return allWell;
  }

  private static boolean ran(SqlSession session, StringBuilder statement) {
    session.run(statement.toString());
    return true;
  }

  private String ask(boolean prompt, BufferedReader lines) throws IOException {
    if (prompt) {
      console.err().print("xcomposer> ");
      console.err().flush();
    }
    return lines.readLine();
  }
}
