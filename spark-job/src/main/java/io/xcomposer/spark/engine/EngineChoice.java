package io.xcomposer.spark.engine;

import io.xcomposer.model.Errors;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.EngineSettings;
import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.quarantine.QuarantineFolder;
import java.io.Serializable;
import java.nio.file.Path;
import org.apache.hadoop.conf.Configuration;

/**
 * Which engine answers, and how often it is tried: plain values, known on the driver.
 *
 * @param model folder of the checkpoint
 * @param maxAttempts as in {@link RowAttempts}
 * @param quarantine folder; null for none
 * @param opener class of the {@link EngineOpener}
 */
public record EngineChoice(
    String model, EngineSettings settings, int maxAttempts, String quarantine, String opener)
    implements Serializable {

  /** The choice of a configuration. */
  public static EngineChoice of(XComposerConf conf) {
    return new EngineChoice(
        conf.get(ConfKeys.MODEL),
        conf.engine(),
        conf.get(ConfKeys.ROW_MAX_ATTEMPTS),
        conf.find(ConfKeys.QUARANTINE_DIR).orElse(null),
        conf.get(ConfKeys.ENGINE_OPENER));
  }

  /**
   * Looks, on the driver, whether executors will be able to open the engine. Writes nothing.
   *
   * @throws io.xcomposer.model.XComposerException naming everything that is wrong with the
   *     checkpoint
   */
  public void check() {
    newOpener().check(Path.of(model));
  }

  /**
   * Makes sure, on the driver before tasks start, that rows can be recorded.
   *
   * @throws io.xcomposer.model.XComposerException when the folder cannot be written
   */
  public void checkQuarantine(Configuration hadoop) {
    attempts(hadoop).check();
  }

  /**
   * Looks, on the driver, at the checkpoint, and names its content.
   *
   * @throws io.xcomposer.model.XComposerException as {@link #check}
   */
  public String fingerprint() {
    return newOpener().fingerprint(Path.of(model));
  }

  /**
   * What tasks need to know.
   *
   * @param hadoop configuration of the quarantine's file system
   * @param reports as in {@link EnginePlan}
   */
  public EnginePlan plan(Configuration hadoop, EngineReports reports) {
    return new EnginePlan(model, settings, attempts(hadoop), newOpener(), reports);
  }

  private RowAttempts attempts(Configuration hadoop) {
    return new RowAttempts(
        maxAttempts, quarantine == null ? null : QuarantineFolder.at(quarantine, hadoop));
  }

  private EngineOpener newOpener() {
    try {
      ClassLoader loader = Thread.currentThread().getContextClassLoader();
      // Nothing of a class runs before it is known to be an opener.
      return Class.forName(opener, false, loader)
          .asSubclass(EngineOpener.class)
          .getDeclaredConstructor()
          .newInstance();
    } catch (ReflectiveOperationException | ClassCastException e) {
      throw Errors.option(
          ConfKeys.ENGINE_OPENER.key(), opener, "the class of an EngineOpener without arguments");
    }
  }
}
