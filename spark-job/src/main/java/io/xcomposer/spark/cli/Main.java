package io.xcomposer.spark.cli;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.engine.CheckpointEngine;
import io.xcomposer.spark.engine.EngineOpener;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletionException;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import picocli.CommandLine;
import picocli.CommandLine.ExecutionException;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;
import picocli.CommandLine.RunLast;

/** The command line. Exit codes: 0 all is well, 1 something failed, 2 the command line is wrong. */
public final class Main {
  static final int FAILURE = 1;
  static final int USAGE = 2;

  /** As {@code raise_error} of the job has it, and the operator in FAILFAST mode. */
  private static final Pattern ERROR_OF_ROW =
      Pattern.compile(
          "(?:XComposerException: |RuntimeException: (?=[A-Z]+: ))(.+)$", Pattern.MULTILINE);

  private Main() {}

  /** Runs the command that the arguments name; ends the process unless it went well. */
  public static void main(String[] args) {
    int code = commandLine(Console.ofProcess(), new CheckpointEngine()).execute(args);
    if (code != 0) {
      System.exit(code);
    }
  }

  /** All commands, with engines opened by {@code opener}. */
  static CommandLine commandLine(Console console, EngineOpener opener) {
    CommandLine line = new CommandLine(new XComposerCommand());
    line.addSubcommand(new AskCommand(console, opener));
    line.addSubcommand(new CaptionCommand(console, opener));
    line.addSubcommand(new RunCommand(console));
    line.addSubcommand(new SqlCommand(console));
    line.addSubcommand(new InspectCommand(console));
    line.addSubcommand(new GoldenCommand(console));
    line.addSubcommand(new BenchCommand(console));
    line.setOut(new PrintWriter(console.out(), true, StandardCharsets.UTF_8));
    line.setErr(new PrintWriter(console.err(), true, StandardCharsets.UTF_8));
    // A question may start with @ and is then no file of arguments.
    line.setExpandAtFiles(false);
    line.setCaseInsensitiveEnumValuesAllowed(true);
    line.setUsageHelpAutoWidth(true);
    line.setParameterExceptionHandler((error, args) -> usageError(console, error));
    line.setExecutionStrategy(Main::runLast);
    line.setExecutionExceptionHandler((error, command, parsed) -> failure(console, error, command));
    return line;
  }

  private static int usageError(Console console, ParameterException error) {
    String command = error.getCommandLine().getCommandSpec().qualifiedName();
    console.err().println(command + ": " + oneLine(error.getMessage()));
    console.err().println("Try '" + command + " --help'.");
    return USAGE;
  }

  /** picocli passes exceptions on, and errors not: a shortage of memory is made one. */
  private static int runLast(ParseResult parsed) {
    try {
      return new RunLast().execute(parsed);
    } catch (OutOfMemoryError e) {
      List<CommandLine> commands = parsed.asCommandLineList();
      throw new ExecutionException(
          commands.get(commands.size() - 1), e.toString(), new IllegalStateException(e));
    }
  }

  private static int failure(Console console, Exception thrown, CommandLine command) {
    Throwable error = thrown;
    while (error instanceof CompletionException && error.getCause() != null) {
      error = error.getCause();
    }
    XComposerException known = knownCause(error);
    console
        .err()
        .println(
            command.getCommandSpec().qualifiedName()
                + ": "
                + (known == null ? unknown(error) : known.getMessage()));
    if (command.getParseResult().hasMatchedOption(CommonFlags.VERBOSE)) {
      error.printStackTrace(console.err());
    } else if (known == null) {
      console.err().println("Run again with --verbose to see where it comes from.");
    }
    return known != null && known.kind() == XComposerException.Kind.OPTION ? USAGE : FAILURE;
  }

  /** The error for the user inside what Spark has wrapped around it, null when there is none. */
  private static XComposerException knownCause(Throwable error) {
    for (Throwable cause = error; cause != null; cause = cause.getCause()) {
      if (cause instanceof XComposerException known) {
        return known;
      }
      if (cause instanceof OutOfMemoryError) {
        return Errors.memory(
            "the memory of this process does not suffice (%s; Java heap of %d MB)"
                .formatted(cause.getMessage(), Runtime.getRuntime().maxMemory() >> 20),
            "give a larger heap with XCOMPOSER_HEAP, such as XCOMPOSER_HEAP=8g; for 'run' with"
                + " --driver-memory");
      }
    }
    return null;
  }

  /** The error of a row that has ended a job, which Spark passes on as text; else what it says. */
  static String unknown(Throwable error) {
    return Stream.iterate(error, Objects::nonNull, Throwable::getCause)
        .map(cause -> ERROR_OF_ROW.matcher(String.valueOf(cause.getMessage())))
        .filter(Matcher::find)
        .map(found -> found.group(1))
        .findFirst()
        .orElseGet(() -> firstLine(error.toString()));
  }

  private static String firstLine(String message) {
    return message.lines().findFirst().orElse("");
  }

  private static String oneLine(String message) {
    return message.replaceAll("\\s*\\R\\s*", " ");
  }
}
