package io.xcomposer.spark.cluster;

import io.xcomposer.spark.cli.Launcher;
import java.time.Duration;
import java.util.concurrent.TimeUnit;

/** An application on its way: the driver is a process of its own. */
public final class Submission implements AutoCloseable {
  private final ClusterProcess driver;
  private final StandaloneCluster cluster;

  Submission(ClusterProcess driver, StandaloneCluster cluster) {
    this.driver = driver;
    this.cluster = cluster;
  }

  public boolean isRunning() {
    return driver.process().isAlive();
  }

  /** What it has said on standard error so far. */
  public String err() {
    return driver.err();
  }

  /** The driver's end; fails with the logs of the whole cluster when time is up. */
  public Launcher.Outcome await(Duration patience) throws InterruptedException {
    if (!driver.process().waitFor(patience.toMillis(), TimeUnit.MILLISECONDS)) {
      throw new AssertionError("still running after " + patience + "\n" + cluster.logs());
    }
    return new Launcher.Outcome(driver.process().exitValue(), driver.out(), driver.err());
  }

  /** Takes the driver away as {@code kill -9} does. */
  public void kill9() {
    driver.close();
  }

  String describe() {
    return driver.describe();
  }

  @Override
  public void close() {
    driver.close();
  }
}
