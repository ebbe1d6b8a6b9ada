package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.XComposerException;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.Test;

class TestTaskDevice {
  @Test
  void autoIsTheCpuWhereSparkAssignsNoGpu() {
    assertThat(TaskDevice.of("auto", List.of())).isEqualTo(new TaskDevice("cpu", Optional.empty()));
  }

  @Test
  void theCpuCanBeChosenAndTheAssignedGpuIsStillKnown() {
    assertThat(TaskDevice.of("cpu", List.of("3")))
        .isEqualTo(new TaskDevice("cpu", Optional.of("3")))
        .hasToString("cpu, GPU 3 assigned");
  }

  @Test
  void anAssignedGpuThatThisBuildCannotUseIsAnErrorAndNotTheCpu() {
    for (String choice : List.of("auto", "cuda")) {
      assertThatThrownBy(() -> TaskDevice.of(choice, List.of("1")))
          .isInstanceOf(XComposerException.class)
          .hasMessageContaining("Spark assigned GPU 1 to this task")
          .hasMessageContaining("this build has no CUDA backend")
          .hasMessageContaining("--device cpu")
          .extracting(error -> ((XComposerException) error).kind())
          .isEqualTo(XComposerException.Kind.DEVICE);
    }
  }

  @Test
  void cudaWithoutAnAssignedGpuNamesTheKeysThatAssignOne() {
    assertThatThrownBy(() -> TaskDevice.of("cuda", List.of()))
        .hasMessageContaining("Spark assigned no GPU")
        .hasMessageContaining("spark.task.resource.gpu.amount")
        .hasMessageContaining("spark.executor.resource.gpu.amount");
  }

  @Test
  void anAddressThatIsNoIndexIsRefused() {
    assertThatThrownBy(() -> TaskDevice.of("auto", List.of("GPU-2f1c/../x")))
        .hasMessageContaining("GPU-2f1c/../x")
        .hasMessageContaining("no index");
  }

  @Test
  void aTaskCannotChooseAnAddress() {
    assertThatThrownBy(() -> TaskDevice.of("cuda:1", List.of("1")))
        .hasMessageContaining("device = cuda:1 is not allowed");
  }

  @Test
  void ofSeveralGpusTheFirstIsTheTasks() {
    assertThat(TaskDevice.of("cpu", List.of("2", "5")).address()).contains("2");
  }

  @Test
  void anExecutorOnTheCpuHasOneDeviceHoweverManyGpusItWasGiven() {
    Map<String, ResourceInformation> gpus =
        Map.of("gpu", new ResourceInformation("gpu", new String[] {"0", "1"}));

    assertThat(TaskDevice.ofExecutor("cpu", gpus)).hasSize(1);
    assertThat(TaskDevice.ofExecutor("auto", Map.of())).hasSize(1);
  }
}
