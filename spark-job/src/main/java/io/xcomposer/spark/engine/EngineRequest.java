package io.xcomposer.spark.engine;

import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import java.nio.file.Path;

/**
 * An engine that is wanted in this process.
 *
 * @param checkpoint folder of the checkpoint
 * @param device where it is to be; its name is in the options too
 */
public record EngineRequest(
    String checkpoint, EngineOptions options, TaskDevice device, EngineOpener opener) {

  /** What makes two requests want the same engine. The GPU's index is in the options. */
  record Key(String checkpoint, EngineOptions options) {}

  Key key() {
    return new Key(checkpoint, options);
  }

  Engine open() {
    return opener.open(Path.of(checkpoint), options);
  }
}
