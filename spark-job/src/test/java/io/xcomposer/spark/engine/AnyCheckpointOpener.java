package io.xcomposer.spark.engine;

import java.nio.file.Path;

/** Takes every path for a good checkpoint, each for another model. */
abstract class AnyCheckpointOpener implements EngineOpener {
  private static final long serialVersionUID = 1L;

  @Override
  public void check(Path checkpoint) {}

  @Override
  public String fingerprint(Path checkpoint) {
    return checkpoint.toString();
  }
}
