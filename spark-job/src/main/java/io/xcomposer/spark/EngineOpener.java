package io.xcomposer.spark;

import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import java.io.Serializable;
import java.nio.file.Path;

/** How an executor gets its engine. {@link Engine#open} outside of tests. */
@FunctionalInterface
public interface EngineOpener extends Serializable {
  Engine open(Path checkpoint, EngineOptions options);
}
