package io.xcomposer.spark.plugin;

import static org.assertj.core.api.Assertions.assertThat;

import com.codahale.metrics.MetricRegistry;
import io.xcomposer.spark.FakeEngine;
import io.xcomposer.spark.engine.EngineReport;
import io.xcomposer.spark.engine.ExecutorEngine;
import java.util.List;
import java.util.Map;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.apache.spark.SparkConf;
import org.apache.spark.api.plugin.PluginContext;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;

class TestXComposerExecutorPlugin {
  private final ExecutorEngine engines = ExecutorEngine.ofThisProcess();
  private final Context context = new Context();
  private final AtomicInteger exits = new AtomicInteger();
  private final XComposerExecutorPlugin plugin =
      new XComposerExecutorPlugin(engines, exits::incrementAndGet);

  @AfterEach
  void closeEngines() {
    engines.closeIdle();
  }

  private static Map<String, String> preloading(String model) {
    return Map.of(
        "spark.xcomposer.preload",
        "true",
        "spark.xcomposer.model",
        model,
        "spark.xcomposer.engineOpener",
        FakeEngine.Opener.class.getName());
  }

  @Test
  void theModelIsLoadedAheadAndTheDriverIsTold() throws InterruptedException {
    plugin.init(context, preloading("ahead"));

    EngineReport report = (EngineReport) context.sent.poll(60, TimeUnit.SECONDS);
    assertThat(report).isNotNull();
    assertThat(report.device()).isEqualTo("cpu");
    assertThat(FakeEngine.of("ahead").closed).isFalse();
  }

  @Test
  void withoutTheKeyNothingIsLoaded() {
    plugin.init(context, Map.of("spark.xcomposer.model", "notahead"));

    assertThat(FakeEngine.OPENED).noneMatch(engine -> engine.checkpoint.endsWith("notahead"));
  }

  @Test
  void nothingThatGoesWrongIsThrown() {
    plugin.init(context, Map.of("spark.xcomposer.preload", "perhaps"));
    plugin.init(new Context(), Map.of("spark.xcomposer.preload", "true"));
    plugin.init(new Context(), preloading("bad"));
    Context withGpu = new Context();
    withGpu.resources = Map.of("gpu", new ResourceInformation("gpu", new String[] {"0"}));
    plugin.init(withGpu, preloading("gpu"));

    assertThat(exits).hasValue(0);
  }

  @Test
  void allCountsAreInSparksRegistry() {
    plugin.init(context, Map.of());

    assertThat(context.registry.getGauges().keySet())
        .containsExactlyInAnyOrder(
            "rows",
            "rowsInWork",
            "rowsQuarantined",
            "answers",
            "errors",
            "retries",
            "tokens.prompt",
            "tokens.image",
            "tokens.new",
            "imageCacheHits",
            "encodedViews",
            "reusedViews",
            "tokens.cachedPrompt",
            "modelLoads",
            "device",
            "seconds.decode",
            "seconds.vision",
            "seconds.prefill",
            "seconds.generate",
            "seconds.queued");
    assertThat(context.registry.getGauges().values())
        .allSatisfy(gauge -> assertThat(gauge.getValue()).isNotNull());
  }

  @Test
  void onlyAnExecutorEndsWhenItsDeviceIsLost() throws InterruptedException {
    EngineReport report = new EngineReport("1", "h", "cpu", null, 1, 2.0);
    var error = io.xcomposer.model.Errors.deviceLost("an illegal address", null);

    plugin.lost(context, report, error);
    assertThat(exits).hasValue(1);
    assertThat(context.sent.poll(60, TimeUnit.SECONDS))
        .isEqualTo(new LostDevice(report, error.getMessage()));

    Context driver = new Context();
    driver.id = "driver";
    plugin.lost(driver, report, error);
    assertThat(exits).hasValue(1);
    assertThat(driver.sent).isEmpty();
  }

  private static final class Context implements PluginContext {
    private final MetricRegistry registry = new MetricRegistry();
    private final BlockingQueue<Object> sent = new LinkedBlockingQueue<>();
    private Map<String, ResourceInformation> resources = Map.of();
    private String id = "1";

    @Override
    public MetricRegistry metricRegistry() {
      return registry;
    }

    @Override
    public SparkConf conf() {
      return new SparkConf(false);
    }

    @Override
    public String executorID() {
      return id;
    }

    @Override
    public String hostname() {
      throw new IllegalStateException("not known on executors");
    }

    @Override
    public Map<String, ResourceInformation> resources() {
      return resources;
    }

    @Override
    public void send(Object message) {
      sent.add(message);
    }

    @Override
    public Object ask(Object message) {
      return List.of();
    }
  }
}
