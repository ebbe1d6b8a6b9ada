package io.xcomposer.spark.conf;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.io.IOException;
import java.io.Reader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** The files in {@code conf/}, read as Spark reads them. */
class TestConfFiles {
  private static final Path FOLDER = Path.of(System.getProperty("xcomposer.root"), "conf");

  static List<Path> files() throws IOException {
    try (Stream<Path> all = Files.walk(FOLDER)) {
      return all.filter(file -> file.toString().endsWith(".conf")).sorted().toList();
    }
  }

  private static Map<String, String> read(Path file) throws IOException {
    Properties properties = new Properties();
    try (Reader reader = Files.newBufferedReader(file)) {
      properties.load(reader);
    }
    Map<String, String> map = new HashMap<>();
    properties.stringPropertyNames().forEach(key -> map.put(key, properties.getProperty(key)));
    return map;
  }

  @Test
  void everyKindOfClusterHasOne() throws IOException {
    assertThat(files())
        .extracting(file -> FOLDER.relativize(file).toString())
        .contains(
            "kubernetes/spark-defaults.conf",
            "local/spark-defaults.conf",
            "rapids/spark-defaults.conf",
            "standalone/spark-defaults.conf",
            "standalone/worker.conf",
            "yarn/spark-defaults.conf");
  }

  @ParameterizedTest
  @MethodSource("files")
  void itsKeysOfOursAreKnownAndItsValuesAllowed(Path file) throws IOException {
    Map<String, String> conf = read(file);

    assertThatCode(() -> XComposerConf.read(conf)).doesNotThrowAnyException();
    assertThat(conf).isNotEmpty().allSatisfy((key, value) -> assertThat(key).startsWith("spark."));
    assertThat(conf).allSatisfy((key, value) -> assertThat(value).isNotBlank());
  }

  @ParameterizedTest
  @MethodSource("files")
  void theTaskSlotsOfAnExecutorShareItsGpuWhole(Path file) throws IOException {
    Map<String, String> conf = read(file);
    String share = conf.get("spark.task.resource.gpu.amount");
    if (share != null) {
      int slots = Integer.parseInt(conf.get("spark.executor.cores"));
      int gpus = Integer.parseInt(conf.get("spark.executor.resource.gpu.amount"));

      assertThat(slots * Double.parseDouble(share)).isEqualTo(gpus);
    }
  }

  @Test
  void theDiscoveryScriptCanBeRun() {
    assertThat(FOLDER.resolve("gpu-discovery.sh")).isExecutable();
  }

  @Test
  void whatTheFilesNameInThisRepositoryIsThere() throws IOException {
    Path root = FOLDER.getParent();
    for (Path file : files()) {
      read(file)
          .forEach(
              (key, value) -> {
                if (value.startsWith("conf/")) {
                  assertThat(root.resolve(value)).as(file + ": " + key).isRegularFile();
                }
              });
    }
  }
}
