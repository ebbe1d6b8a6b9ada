package io.xcomposer.spark.plugin;

import java.time.Duration;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Ends an executor that can do nothing more. */
final class ExecutorExit {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorExit.class);

  /** Exit code of an executor that has lost its device. Spark's own are 50 and above. */
  static final int DEVICE_LOST = 44;

  /** For the tasks to fail with the error that says why, and for the driver to hear of it. */
  private static final Duration BEFORE_EXIT = Duration.ofSeconds(3);

  /** For engines to close; one on a lost device may never. */
  private static final Duration BEFORE_HALT = Duration.ofSeconds(20);

  private ExecutorExit() {}

  /** Ends this process in a moment, by force if need be. */
  static void now() {
    pause(BEFORE_EXIT);
    LOG.error("This executor ends with code {}, so that Spark starts another", DEVICE_LOST);
    Thread force =
        new Thread(
            () -> {
              pause(BEFORE_HALT);
              Runtime.getRuntime().halt(DEVICE_LOST);
            },
            "xcomposer-executor-halt");
    force.setDaemon(true);
    force.start();
    System.exit(DEVICE_LOST);
  }

  private static void pause(Duration duration) {
    try {
      Thread.sleep(duration.toMillis());
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }
}
