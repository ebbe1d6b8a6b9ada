package io.xcomposer.spark.plugin;

import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.engine.EngineChoice;
import io.xcomposer.spark.engine.EnginePlan;
import io.xcomposer.spark.engine.EngineReport;
import io.xcomposer.spark.engine.ExecutorEngine;
import io.xcomposer.spark.engine.TaskDevice;
import java.io.IOException;
import java.util.Map;
import org.apache.hadoop.conf.Configuration;
import org.apache.spark.api.plugin.ExecutorPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The executor's side. Nothing that goes wrong here is thrown: Spark would end the executor, start
 * another, and go on like that. It is logged, and the tasks fail of it where it matters to them.
 */
final class XComposerExecutorPlugin implements ExecutorPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(XComposerExecutorPlugin.class);

  /** The id that the driver has, also in local mode, where it is its own executor. */
  private static final String DRIVER = "driver";

  private final ExecutorEngine engines;
  private final Runnable exit;

  XComposerExecutorPlugin() {
    this(ExecutorEngine.ofThisProcess(), ExecutorExit::now);
  }

  /**
   * The plugin over other parts.
   *
   * @param exit ends the process
   */
  XComposerExecutorPlugin(ExecutorEngine engines, Runnable exit) {
    this.engines = engines;
    this.exit = exit;
  }

  @Override
  public void init(PluginContext context, Map<String, String> settings) {
    try {
      EngineMetrics.register(context.metricRegistry(), engines);
      engines.onOpened(report -> send(context, report));
      engines.onLost((report, error) -> inBackground(() -> lost(context, report, error)));
      XComposerConf conf = XComposerConf.read(settings);
      if (conf.get(ConfKeys.PRELOAD)) {
        preload(context, conf);
      }
    } catch (RuntimeException | LinkageError e) {
      LOG.error("The plugin cannot do its part in this executor", e);
    }
  }

  /** An engine for each device that a task of this executor may be given. */
  private void preload(PluginContext context, XComposerConf conf) {
    EnginePlan plan = EngineChoice.of(conf).plan(new Configuration(false), null);
    for (TaskDevice device : TaskDevice.ofExecutor(plan.settings().device(), context.resources())) {
      engines.preload(plan.on(device));
    }
  }

  void lost(PluginContext context, EngineReport report, XComposerException error) {
    LOG.error(
        "Device state of executor {}:\n{}", report.executorId(), DeviceState.of(report, engines));
    if (context.executorID().equals(DRIVER)) {
      LOG.error("This process is the driver's and goes on; only a new one can use the device");
      return;
    }
    send(context, new LostDevice(report, error.getMessage()));
    exit.run();
  }

  /** Away from the engine's thread, on which the tasks still have to hear of it. */
  private static void inBackground(Runnable work) {
    Thread thread = new Thread(work, "xcomposer-device-lost");
    thread.setDaemon(true);
    thread.start();
  }

  private static void send(PluginContext context, Object message) {
    try {
      context.send(message);
    } catch (IOException | RuntimeException e) {
      LOG.warn("The driver cannot be told: {}", message, e);
    }
  }
}
