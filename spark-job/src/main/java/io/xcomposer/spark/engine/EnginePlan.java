package io.xcomposer.spark.engine;

import io.xcomposer.spark.conf.EngineSettings;
import java.io.Serializable;

/**
 * All that a task needs to know to get its rows answered; made on the driver.
 *
 * @param model folder of the checkpoint, the same path on the driver and every executor
 * @param reports told of the engine that a task works with; null when nobody wants to know
 */
public record EnginePlan(
    String model,
    EngineSettings settings,
    RowAttempts attempts,
    EngineOpener opener,
    EngineReports reports)
    implements Serializable {

  /** The engine of this plan on a device of this process. */
  public EngineRequest on(TaskDevice device) {
    return new EngineRequest(
        model, settings.on(device.name(), ExecutorCores.ofThisProcess()), device, opener);
  }
}
