package io.xcomposer.spark.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.apache.spark.resource.ResourceInformation;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** {@code conf/gpu-discovery.sh} with an nvidia-smi that says what the test wants. */
class TestGpuDiscovery {
  private static final Path SCRIPT =
      Path.of(System.getProperty("xcomposer.root"), "conf/gpu-discovery.sh");

  private static final String TWO_GPUS =
      """
      GPU 0: NVIDIA H100 80GB HBM3 (UUID: GPU-11111111-aaaa-0000-0000-000000000000)
      GPU 1: NVIDIA H100 80GB HBM3 (UUID: GPU-22222222-bbbb-0000-0000-000000000000)
      """;

  private static final String MIG =
      """
      GPU 0: NVIDIA A100-SXM4-40GB (UUID: GPU-33333333-cccc-0000-0000-000000000000)
        MIG 3g.20gb     Device  0: (UUID: MIG-44444444-dddd-0000-0000-000000000000)
        MIG 3g.20gb     Device  1: (UUID: MIG-55555555-eeee-0000-0000-000000000000)
      """;

  @TempDir private Path bin;

  private record Result(int code, String out, String err) {}

  /** Whatever nvidia-smi this machine has must not be found. */
  @BeforeEach
  void putOnlyWhatTheScriptCallsOnThePath() throws IOException {
    executable("grep", "exec /bin/grep \"$@\"");
  }

  private void executable(String name, String body) throws IOException {
    Path script = Files.writeString(bin.resolve(name), "#!/bin/sh\n" + body + "\n");
    assertThat(script.toFile().setExecutable(true)).isTrue();
  }

  private void nvidiaSmi(String output, int code) throws IOException {
    Path list = Files.writeString(bin.resolve("list"), output);
    executable(
        "nvidia-smi", "test \"$*\" = -L || exit 9\n/bin/cat '%s'\nexit %d".formatted(list, code));
  }

  private Result discover(Map<String, String> environment)
      throws IOException, InterruptedException {
    ProcessBuilder builder = new ProcessBuilder("/bin/bash", SCRIPT.toString());
    builder.environment().clear();
    builder.environment().put("PATH", bin.toString());
    builder.environment().putAll(environment);
    Path out = bin.resolve("out");
    Path err = bin.resolve("err");
    Process process = builder.redirectOutput(out.toFile()).redirectError(err.toFile()).start();
    int code = process.waitFor();
    return new Result(
        code,
        Files.readString(out, StandardCharsets.UTF_8),
        Files.readString(err, StandardCharsets.UTF_8));
  }

  private Result withVisible(String visible) throws IOException, InterruptedException {
    return discover(Map.of("CUDA_VISIBLE_DEVICES", visible));
  }

  @Test
  void everyGpuHasItsNumberAndSparkUnderstandsIt() throws IOException, InterruptedException {
    nvidiaSmi(TWO_GPUS, 0);

    ResourceInformation found = ResourceInformation.parseJson(discover(Map.of()).out());

    assertThat(found.name()).isEqualTo("gpu");
    assertThat(found.addresses()).containsExactly("0", "1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "1                     | \"0\"",
        "1,0                   | \"0\",\"1\"",
        "GPU-22222222          | \"0\"",
        "GPU-2222, GPU-1111    | \"0\",\"1\"",
      })
  void addressesAreCountedAmongTheVisibleOnes(String visible, String addresses)
      throws IOException, InterruptedException {
    nvidiaSmi(TWO_GPUS, 0);

    assertThat(withVisible(visible).out())
        .isEqualTo("{\"name\":\"gpu\",\"addresses\":[" + addresses + "]}\n");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "2          | has '2', but there are 2 GPUs",
        "-1         | has '-1', but there are 2 GPUs",
        "0,x        | has 'x', but there are 2 GPUs",
        "GPU-9      | has GPU-9, which is not one device",
        "GPU-       | has GPU-, which is not one device",
        "''         | is empty and hides all GPUs",
      })
  void aVisibleDeviceThatThereIsNotIsAnError(String visible, String problem)
      throws IOException, InterruptedException {
    nvidiaSmi(TWO_GPUS, 0);

    Result result = withVisible(visible);

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.out()).isEmpty();
    assertThat(result.err()).contains(problem).contains(". To fix: ").hasLineCount(1);
  }

  @Test
  void aMigInstanceIsTheOneDeviceOfItsWorker() throws IOException, InterruptedException {
    nvidiaSmi(MIG, 0);

    assertThat(withVisible("MIG-55555555-eeee-0000-0000-000000000000").out())
        .isEqualTo("{\"name\":\"gpu\",\"addresses\":[\"0\"]}\n");
  }

  @Test
  void severalMigInstancesWantSeveralWorkers() throws IOException, InterruptedException {
    nvidiaSmi(MIG, 0);

    assertThat(withVisible("MIG-44444444,MIG-55555555").err())
        .contains("names 2 devices with a MIG instance");
    assertThat(discover(Map.of()).err()).contains("start a worker for each instance");
  }

  @Test
  void withoutNvidiaSmiItSaysSo() throws IOException, InterruptedException {
    Result result = discover(Map.of());

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).startsWith("gpu-discovery: nvidia-smi is missing").hasLineCount(1);
  }

  @Test
  void aDriverThatDoesNotAnswerIsQuoted() throws IOException, InterruptedException {
    nvidiaSmi("NVIDIA-SMI has failed", 9);

    Result result = discover(Map.of());

    assertThat(result.code()).isEqualTo(1);
    assertThat(result.err()).contains("'nvidia-smi -L' failed: NVIDIA-SMI has failed. To fix: ");
  }

  @Test
  void aMachineWithoutGpusIsAnError() throws IOException, InterruptedException {
    nvidiaSmi("No devices found.\n", 0);

    assertThat(discover(Map.of()).err()).contains("lists no GPU: No devices found.");
  }
}
