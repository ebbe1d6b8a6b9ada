package io.xcomposer.spark.plugin;

import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.SparkPlugin;

/**
 * {@code spark.plugins=io.xcomposer.spark.plugin.XComposerPlugin}: loads the model ahead of the
 * first task when {@code spark.xcomposer.preload} says so, puts the counts of every executor into
 * Spark's metrics, and lets an executor go that has lost its device, so that Spark starts another.
 */
public final class XComposerPlugin implements SparkPlugin {
  @Override
  public DriverPlugin driverPlugin() {
    return new XComposerDriverPlugin();
  }

  @Override
  public ExecutorPlugin executorPlugin() {
    return new XComposerExecutorPlugin();
  }
}
