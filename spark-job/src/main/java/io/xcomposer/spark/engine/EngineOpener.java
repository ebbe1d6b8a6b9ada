package io.xcomposer.spark.engine;

import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import java.io.Serializable;
import java.nio.file.Path;

/** Where engines are from: {@link CheckpointEngine} outside of tests. */
public interface EngineOpener extends Serializable {
  /**
   * Looks, on the driver, whether an executor will be able to open a checkpoint.
   *
   * @throws io.xcomposer.model.XComposerException naming everything that is wrong with it
   */
  void check(Path checkpoint);

  /**
   * Checks a checkpoint and names its content: another model or tokenizer has another name, the
   * same files in another folder have the same.
   *
   * @throws io.xcomposer.model.XComposerException as {@link #check}
   */
  String fingerprint(Path checkpoint);

  /** As {@link Engine#open}. */
  Engine open(Path checkpoint, EngineOptions options);
}
