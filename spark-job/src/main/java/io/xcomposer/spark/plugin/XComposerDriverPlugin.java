package io.xcomposer.spark.plugin;

import io.xcomposer.spark.conf.ConfEntry;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.XComposerConf;
import io.xcomposer.spark.engine.EngineChoice;
import io.xcomposer.spark.engine.EngineReport;
import java.util.HashMap;
import java.util.Map;
import org.apache.spark.SparkConf;
import org.apache.spark.SparkContext;
import org.apache.spark.api.plugin.DriverPlugin;
import org.apache.spark.api.plugin.PluginContext;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.Tuple2;

/** Checks the configuration before any executor starts, and logs what executors tell. */
final class XComposerDriverPlugin implements DriverPlugin {
  private static final Logger LOG = LoggerFactory.getLogger(XComposerDriverPlugin.class);

  /**
   * Hands all keys to the executors.
   *
   * @throws io.xcomposer.model.XComposerException for a wrong key or value, which ends the
   *     application; executors would be started again and again
   */
  @Override
  public Map<String, String> init(SparkContext context, PluginContext plugin) {
    Map<String, String> all = settings(context.conf());
    XComposerConf conf = XComposerConf.read(all);
    if (conf.get(ConfKeys.PRELOAD)) {
      EngineChoice.of(conf);
    }
    return all;
  }

  private static Map<String, String> settings(SparkConf conf) {
    Map<String, String> all = new HashMap<>();
    for (Tuple2<String, String> entry : conf.getAll()) {
      if (entry._1().startsWith(ConfEntry.PREFIX)) {
        all.put(entry._1(), entry._2());
      }
    }
    return all;
  }

  @Override
  public Object receive(Object message) {
    if (message instanceof EngineReport report) {
      LOG.info(
          "Executor {} on {} has the model on {} (GPU assigned: {}) after {} s, model load {}",
          report.executorId(),
          report.host(),
          report.device(),
          report.assignedAddress() == null ? "none" : report.assignedAddress(),
          report.openSeconds(),
          report.modelLoads());
    } else if (message instanceof LostDevice lost) {
      LOG.error(
          "Executor {} on {} has lost {} and ends with code {}: {}",
          lost.report().executorId(),
          lost.report().host(),
          lost.report().device(),
          ExecutorExit.DEVICE_LOST,
          lost.error());
    }
    return null;
  }
}
