package io.xcomposer.spark.plugin;

import io.xcomposer.spark.engine.EngineReport;
import java.io.Serializable;

/**
 * What an executor tells the driver before it ends.
 *
 * @param report of the engine whose device is lost
 * @param error its message
 */
record LostDevice(EngineReport report, String error) implements Serializable {}
