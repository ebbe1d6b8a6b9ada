package io.xcomposer.spark.plugin;

import static java.nio.charset.StandardCharsets.UTF_8;

import io.xcomposer.spark.engine.EngineReport;
import io.xcomposer.spark.engine.ExecutorEngine;
import java.io.File;
import java.io.IOException;
import java.io.InputStream;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryUsage;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** What can be said of a device that failed, for the log. */
final class DeviceState {
  private static final int MAX_SECONDS = 10;
  private static final int MAX_BYTES = 16 << 10;

  private DeviceState() {}

  /** The state of the device of an engine, and of the process around it; some lines. */
  static String of(EngineReport report, ExecutorEngine engines) {
    MemoryUsage heap = ManagementFactory.getMemoryMXBean().getHeapMemoryUsage();
    StringBuilder state = new StringBuilder();
    state.append("device ").append(report.device());
    state.append(", GPU assigned ").append(report.assignedAddress());
    state.append(", model loads ").append(engines.modelLoads());
    state.append(", rows in work ").append(engines.rowsInWork());
    state.append(", rows done ").append(engines.counters().rows());
    state.append(", heap ").append(heap.getUsed() >> 20).append(" of ").append(heap.getMax() >> 20);
    state.append(" MiB\n");
    if (report.device().startsWith("cuda:")) {
      state.append(driverTool(report.device().substring("cuda:".length())));
    }
    return state.toString();
  }

  /** What the driver's own tool says of the GPU: it sees what this process no longer can. */
  private static String driverTool(String index) {
    ProcessBuilder tool = new ProcessBuilder(List.of("nvidia-smi", "--query", "--id=" + index));
    tool.redirectErrorStream(true)
        .redirectInput(ProcessBuilder.Redirect.from(new File("/dev/null")));
    try {
      Process process = tool.start();
      try (InputStream out = process.getInputStream()) {
        if (!process.waitFor(MAX_SECONDS, TimeUnit.SECONDS)) {
          return "nvidia-smi does not answer\n";
        }
        return new String(out.readNBytes(MAX_BYTES), UTF_8);
      } finally {
        process.destroyForcibly();
      }
    } catch (IOException e) {
      return "nvidia-smi cannot be run: " + e.getMessage() + "\n";
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      return "";
    }
  }
}
