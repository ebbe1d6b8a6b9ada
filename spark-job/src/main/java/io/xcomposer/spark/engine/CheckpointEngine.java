package io.xcomposer.spark.engine;

import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.checkpoint.Checkpoint;
import io.xcomposer.model.checkpoint.TensorTable;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.text.PromptAssembler;
import io.xcomposer.model.text.Tokenizer;
import java.nio.file.Path;

/** The engine of a checkpoint folder. */
public final class CheckpointEngine implements EngineOpener {
  private static final long serialVersionUID = 1L;

  /** Reads config, tokenizer and the tables of the weight files, and no weight. */
  @Override
  public void check(Path checkpoint) {
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      tokenizer(checkpoint, opened.config());
      TensorTable.check(opened);
    }
  }

  /**
   * The tokenizer of a checkpoint folder.
   *
   * @throws io.xcomposer.model.XComposerException when it cannot be read or has more pieces than
   *     the model has embeddings
   */
  public static Tokenizer tokenizer(Path checkpoint, XComposerConfig config) {
    Tokenizer tokenizer = Tokenizer.read(checkpoint);
    // Making the assembler of prompts is what holds the one against the other.
    new PromptAssembler(tokenizer, config.vocabSize(), config.maxLength());
    return tokenizer;
  }

  @Override
  public Engine open(Path checkpoint, EngineOptions options) {
    return Engine.open(checkpoint, options);
  }
}
