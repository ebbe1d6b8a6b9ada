package io.xcomposer.spark.cli;

import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** What every command has. */
@Command
final class CommonFlags {
  static final String VERBOSE = "--verbose";

  @Option(
      names = {"-h", "--help"},
      usageHelp = true,
      description = "Show this help.")
  boolean help;

  @Option(names = VERBOSE, description = "Show where an error comes from.")
  boolean verbose;
}
