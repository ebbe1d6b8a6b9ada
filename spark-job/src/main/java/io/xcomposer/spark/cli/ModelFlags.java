package io.xcomposer.spark.cli;

import io.xcomposer.model.Errors;
import java.nio.file.Files;
import java.nio.file.Path;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;

/** Which model. */
@Command
final class ModelFlags {
  @Option(
      names = "--model",
      required = true,
      paramLabel = "DIR",
      description = "Folder of the checkpoint: config.json, weights, tokenizer.model.")
  Path model;

  /**
   * The folder of the checkpoint, as an absolute path.
   *
   * @throws io.xcomposer.model.XComposerException when there is no such folder
   */
  Path checkpoint() {
    if (!Files.isDirectory(model)) {
      throw Errors.input(
          "--model " + model + (Files.exists(model) ? " is no folder" : " does not exist"),
          "give the folder that holds config.json and the weights");
    }
    return model.toAbsolutePath().normalize();
  }
}
