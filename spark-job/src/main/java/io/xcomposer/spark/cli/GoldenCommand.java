package io.xcomposer.spark.cli;

import io.xcomposer.model.golden.GoldenRunner;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
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

  @Option(
      names = "--tokenizer-7b",
      paramLabel = "FOLDER",
      description =
          "Folder with the published tokenizer.model and its files, for the cases of tokenizer_7b."
              + " Default: that folder itself, or shared/golden/tokenizer_7b beside the"
              + " repository.")
  private Path tokenizer7b;

  @Mixin private EngineFlags engineFlags;

  GoldenCommand(Console console) {
    this.console = console;
  }

  @Override
  public Integer call() {
    GoldenRunner runner =
        new GoldenRunner(dir, engineFlags.options(), tokenizerFolders(), console.out()::println);
    return runner.run() ? 0 : Main.FAILURE;
  }

  private List<Path> tokenizerFolders() {
    if (tokenizer7b != null) {
      return List.of(tokenizer7b);
    }
    Path root = dir.toAbsolutePath().normalize().resolve("../..").normalize();
    return List.of(dir.resolve("tokenizer_7b"), root.resolve("shared/golden/tokenizer_7b"));
  }
}
