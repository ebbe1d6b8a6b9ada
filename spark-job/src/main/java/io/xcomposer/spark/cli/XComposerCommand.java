package io.xcomposer.spark.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.HelpCommand;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** The command that has all the others. */
@Command(
    name = "xcomposer",
    description = "Answers questions about pages with InternLM-XComposer2-4KHD.",
    synopsisSubcommandLabel = "COMMAND",
    sortOptions = false,
    versionProvider = Version.class,
    subcommands = HelpCommand.class,
    commandListHeading = "%nCommands:%n",
    exitCodeListHeading = "%nExit codes:%n",
    exitCodeList = {
      "0:all is well",
      "1:something failed; one line on standard error says what and how to mend it",
      "2:the command line is wrong"
    },
    footer = {"", "'xcomposer COMMAND --help' explains a command."})
final class XComposerCommand implements Runnable {
  @Spec private CommandSpec spec;

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(
      names = {"-V", "--version"},
      versionHelp = true,
      description = "Show the version.")
  boolean version;

  @Override
  public void run() {
    throw new ParameterException(spec.commandLine(), "a command is missing");
  }
}
