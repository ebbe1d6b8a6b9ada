package io.xcomposer.spark.conf;

import io.xcomposer.model.Errors;
import io.xcomposer.model.GenerationOptions;
import java.io.Serializable;

/**
 * All that a job's tasks need to know about the model: parsed and checked once, on the driver, and
 * sent to the executors as it is.
 *
 * @param model folder of the checkpoint, the same path on every executor
 * @param lookAhead rows that a task hands to the engine before it waits for the first answer
 */
public record XComposerOptions(
    String model,
    EngineSettings engine,
    PromptSettings prompt,
    GenerationOptions generation,
    int lookAhead)
    implements Serializable {

  /** Keeps the engine busy while a row is read, and few enough rows to hold in memory. */
  public static final int DEFAULT_LOOK_AHEAD = 4;

  public XComposerOptions {
    if (lookAhead < 1 || lookAhead > 1024) {
      throw Errors.option("look-ahead", lookAhead, "a number of rows from 1 to 1024");
    }
  }
}
