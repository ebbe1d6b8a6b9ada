package io.xcomposer.spark.rows;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.EngineSettings;
import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.engine.EngineOpener;
import io.xcomposer.spark.engine.ExecutorCores;
import io.xcomposer.spark.engine.ExecutorEngine;
import java.io.Serializable;
import java.nio.file.Path;

/**
 * Which engine answers: known on the driver, opened on executors.
 *
 * @param model folder of the checkpoint
 * @param opener class of the {@link EngineOpener}
 */
public record EngineChoice(String model, EngineSettings settings, String opener)
    implements Serializable {

  /** The choice of a configuration. */
  public static EngineChoice of(XComposerConf conf) {
    return new EngineChoice(
        conf.get(ConfKeys.MODEL), conf.engine("cpu"), conf.get(ConfKeys.ENGINE_OPENER));
  }

  /**
   * Looks, on the driver, whether executors will be able to open the engine.
   *
   * @throws XComposerException naming everything that is wrong with the checkpoint
   */
  public void check() {
    newOpener().check(Path.of(model));
  }

  /** The right to use the executor's engine; on an executor. */
  public ExecutorEngine.Lease acquire() {
    return ExecutorEngine.ofThisProcess()
        .acquire(model, settings.onCores(ExecutorCores.ofThisProcess()), newOpener());
  }

  private EngineOpener newOpener() {
    try {
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      return (EngineOpener)
          Class.forName(opener, true, loader).getDeclaredConstructor().newInstance();
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw Errors.option(
          ConfKeys.ENGINE_OPENER.key(), opener, "the class of an EngineOpener without arguments");
    }
  }
}
