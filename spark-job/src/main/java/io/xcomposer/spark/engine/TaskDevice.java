package io.xcomposer.spark.engine;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.backend.Backends;
import io.xcomposer.spark.conf.EngineSettings;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.TaskContext;
import org.apache.spark.resource.ResourceInformation;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The device of a task.
 *
 * @param name as an engine is opened on it: {@code "cpu"} or {@code "cuda:N"}
 * @param address of the GPU that Spark assigned, used or not; empty when it assigned none
 */
public record TaskDevice(String name, Optional<String> address) {
  private static final Logger LOG = LoggerFactory.getLogger(TaskDevice.class);

  /** What Spark calls GPUs. */
  static final String RESOURCE = "gpu";

  /**
   * The device of the task that runs on this thread.
   *
   * @param choice of {@link EngineSettings#device}
   * @throws XComposerException as {@link #of}
   */
  public static TaskDevice ofTask(String choice, TaskContext task) {
    ResourceInformation gpus = task.resourcesJMap().get(RESOURCE);
    return of(choice, gpus == null ? List.of() : List.of(gpus.addresses()));
  }

  /**
   * The devices that tasks of this executor may have, each once.
   *
   * @param resources that Spark gave to the executor
   * @throws XComposerException as {@link #of}
   */
  public static List<TaskDevice> ofExecutor(
      String choice, Map<String, ResourceInformation> resources) {
    ResourceInformation gpus = resources.get(RESOURCE);
    if (gpus == null || choice.equals("cpu")) {
      return List.of(of(choice, List.of()));
    }
    return Arrays.stream(gpus.addresses()).map(address -> of(choice, List.of(address))).toList();
  }

  /**
   * What a choice comes to. Never another device than the one that was asked for or assigned.
   *
   * @param addresses of the GPUs that Spark assigned; the first is used
   * @throws XComposerException when a GPU is asked for and none is assigned, or one is assigned
   *     that this build cannot work with
   */
  static TaskDevice of(String choice, List<String> addresses) {
    Optional<String> address = addresses.stream().findFirst();
    if (addresses.size() > 1) {
      LOG.warn(
          "Spark assigned the GPUs {} to one task; it uses {}. Set spark.task.resource.gpu.amount"
              + " to 1 or less",
          addresses,
          addresses.get(0));
    }
    return switch (choice) {
      case "cpu" -> new TaskDevice("cpu", address);
      case EngineSettings.AUTO ->
          address.map(TaskDevice::onGpu).orElseGet(() -> new TaskDevice("cpu", address));
      case "cuda" -> address.map(TaskDevice::onGpu).orElseThrow(TaskDevice::noneAssigned);
      default ->
          throw Errors.option(
              "device", choice, "auto, cpu or cuda: which GPU a task has is for Spark to say");
    };
  }

  private static TaskDevice onGpu(String address) {
    if (!address.matches("\\d{1,4}")) {
      throw Errors.device(
          "Spark assigned the GPU '" + address + "', which is no index",
          "let the script of spark.executor.resource.gpu.discoveryScript print indices such as 0",
          null);
    }
    String name = "cuda:" + Integer.parseInt(address);
    try {
      Backends.requireKnown(name);
    } catch (XComposerException e) {
      throw Errors.device(
          "Spark assigned GPU "
              + address
              + " to this task and it cannot be used: "
              + e.getMessage(),
          "run on the CPUs with --device cpu (spark.xcomposer.device=cpu), or use a build with CUDA",
          e);
    }
    return new TaskDevice(name, Optional.of(address));
  }

  private static XComposerException noneAssigned() {
    return Errors.device(
        "device cuda: Spark assigned no GPU to this task",
        "set spark.executor.resource.gpu.amount, spark.executor.resource.gpu.discoveryScript and"
            + " spark.task.resource.gpu.amount, or use --device cpu (spark.xcomposer.device=cpu)",
        null);
  }

  /** {@code cpu}, {@code cpu, GPU 1 assigned} or {@code cuda:1, GPU 1 assigned}; for logs. */
  @Override
  public String toString() {
    return name + address.map(gpu -> ", GPU " + gpu + " assigned").orElse("");
  }
}
