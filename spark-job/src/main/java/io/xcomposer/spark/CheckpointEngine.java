package io.xcomposer.spark;

import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.checkpoint.Checkpoint;
import io.xcomposer.model.checkpoint.TensorTable;
import io.xcomposer.model.text.Tokenizer;
import java.nio.file.Path;

/** The engine of a checkpoint folder. */
public final class CheckpointEngine implements EngineOpener {
  private static final long serialVersionUID = 1L;

  /** Reads config, tokenizer and the tables of the weight files, and no weight. */
  @Override
  public void check(Path checkpoint) {
    Tokenizer.read(checkpoint);
    try (Checkpoint opened = Checkpoint.open(checkpoint)) {
      TensorTable.check(opened);
    }
  }

  @Override
  public Engine open(Path checkpoint, EngineOptions options) {
    return Engine.open(checkpoint, options);
  }
}
