package io.xcomposer.spark.cli;

import io.xcomposer.model.golden.GoldenRunner;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** Holds the engine against answers of the published code. */
@Command(
    name = "golden",
    sortOptions = false,
    customSynopsis = "xcomposer golden DIR [OPTIONS]",
    description = {
      "Runs every case of a golden folder and prints a line for each, with what differs from the"
          + " published code's answers.",
      "Exit code 1 on any difference."
    },
    footer = {"", "Example: xcomposer golden golden"})
final class GoldenCommand implements Callable<Integer> {
  private final Console console;

  @Mixin CommonFlags common;

  @Parameters(
      paramLabel = "DIR",
      description = "Folder with cases.json, images and checkpoint, as its README says.")
  private Path dir;

  @Mixin private EngineFlags engineFlags;

  GoldenCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    boolean equal = new GoldenRunner(dir, engineFlags.options(), console.out()::println).run();
    return equal ? 0 : Main.FAILURE;
  }
}
