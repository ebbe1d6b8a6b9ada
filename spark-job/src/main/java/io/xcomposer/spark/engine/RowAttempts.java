package io.xcomposer.spark.engine;

import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.Defaults;
import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.quarantine.QuarantineFolder;
import java.io.Serializable;
import org.apache.hadoop.conf.Configuration;

/**
 * How often a row is tried.
 *
 * @param maximum times that the engine is asked when an error may pass, and times that a row is in
 *     work when its executor goes down before it is set aside; at least 1
 * @param quarantine where rows in work are recorded; null to look for no row that takes executors
 *     down
 */
public record RowAttempts(int maximum, QuarantineFolder quarantine) implements Serializable {
  /** The default, without quarantine. */
  public static final RowAttempts DEFAULT = new RowAttempts(Defaults.ROW_MAX_ATTEMPTS, null);

  /** As configured. */
  public static RowAttempts of(XComposerConf conf, Configuration hadoop) {
    return new RowAttempts(
        conf.get(ConfKeys.ROW_MAX_ATTEMPTS),
        conf.find(ConfKeys.QUARANTINE_DIR)
            .map(path -> QuarantineFolder.at(path, hadoop))
            .orElse(null));
  }

  /**
   * Makes sure, on the driver, that rows can be recorded.
   *
   * @throws io.xcomposer.model.XComposerException when the folder cannot be written
   */
  public void check() {
    if (quarantine != null) {
      quarantine.check();
    }
  }
}
