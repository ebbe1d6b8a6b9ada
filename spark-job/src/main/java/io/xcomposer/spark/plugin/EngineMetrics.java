package io.xcomposer.spark.plugin;

import com.codahale.metrics.Gauge;
import com.codahale.metrics.MetricRegistry;
import io.xcomposer.model.Answer.StageSeconds;
import io.xcomposer.spark.engine.EngineCounters;
import io.xcomposer.spark.engine.ExecutorEngine;
import java.util.function.Supplier;
import java.util.function.ToDoubleFunction;

/** The counts of a process in Spark's metrics; the names are in docs/operations.md. */
final class EngineMetrics {
  private final MetricRegistry registry;

  private EngineMetrics(MetricRegistry registry) {
    this.registry = registry;
  }

  /**
   * Puts all counts of a process into a registry; Spark puts application, executor and plugin
   * before their names.
   */
  static void register(MetricRegistry registry, ExecutorEngine engines) {
    EngineMetrics metrics = new EngineMetrics(registry);
    EngineCounters counters = engines.counters();
    metrics.gauge("rows", counters::rows);
    metrics.gauge("rowsInWork", engines::rowsInWork);
    metrics.gauge("rowsQuarantined", counters::quarantined);
    metrics.gauge("answers", counters::answers);
    metrics.gauge("errors", counters::errors);
    metrics.gauge("retries", counters::retries);
    metrics.gauge("tokens.prompt", counters::promptTokens);
    metrics.gauge("tokens.image", counters::imageTokens);
    metrics.gauge("tokens.new", counters::newTokens);
    metrics.gauge("imageCacheHits", counters::imageCacheHits);
    metrics.gauge("encodedViews", counters::encodedViews);
    metrics.gauge("reusedViews", counters::reusedViews);
    metrics.gauge("tokens.cachedPrompt", counters::cachedPromptTokens);
    metrics.gauge("modelLoads", engines::modelLoads);
    metrics.gauge("device", () -> String.join(" ", engines.devices()));
    metrics.seconds("decode", counters, StageSeconds::decode);
    metrics.seconds("vision", counters, StageSeconds::vision);
    metrics.seconds("prefill", counters, StageSeconds::prefill);
    metrics.seconds("generate", counters, StageSeconds::generate);
    metrics.seconds("queued", counters, StageSeconds::queued);
  }

  private void seconds(String stage, EngineCounters counters, ToDoubleFunction<StageSeconds> part) {
    gauge("seconds." + stage, () -> part.applyAsDouble(counters.seconds()));
  }

  private <T> void gauge(String name, Supplier<T> value) {
    registry.register(name, (Gauge<T>) value::get);
  }
}
