package io.xcomposer.spark.sql;

import static org.assertj.core.api.Assertions.assertThat;

import com.nvidia.spark.rapids.ExplainPlan;
import java.nio.file.Path;
import java.util.List;
import org.apache.spark.sql.SparkSession;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;

/** What RAPIDS itself says about plans with our operator; it plans without a GPU. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class RapidsPlanTest {
  private static final Path ROOT = Path.of(System.getProperty("xcomposer.root"));

  private SparkSession spark;

  @BeforeAll
  void openASessionWithoutAdaptiveExecution() {
    spark =
        SparkSession.builder()
            .master("local[1]")
            .config("spark.ui.enabled", "false")
            .config("spark.driver.bindAddress", "127.0.0.1")
            .config("spark.sql.adaptive.enabled", "false")
            .config("spark.sql.extensions", "io.xcomposer.spark.sql.XComposerExtensions")
            .config("spark.xcomposer.model", ROOT.resolve("golden/checkpoint").toString())
            .getOrCreate();
    spark
        .read()
        .parquet(ROOT.resolve("demo/pages.parquet").toString())
        .createOrReplaceTempView("pages");
  }

  @AfterAll
  void close() {
    spark.stop();
  }

  private List<String> operatorsOnTheCpu(String query) {
    return ExplainPlan.explainPotentialGpuPlan(spark.sql(query), "ALL")
        .lines()
        .map(String::strip)
        .filter(line -> line.startsWith("!Exec"))
        .toList();
  }

  private void assertOnlyOursIsOnTheCpu(String query) {
    assertThat(operatorsOnTheCpu(query))
        .singleElement()
        .asString()
        .contains("GPU does not currently support the operator class io.xcomposer.");
  }

  @Test
  void aScanBelowStaysOnTheGpu() {
    assertOnlyOursIsOnTheCpu("SELECT name, ask(image, question) FROM pages");
  }

  @Test
  void aFilterBelowAndOneAboveStayOnTheGpu() {
    assertOnlyOursIsOnTheCpu(
        "SELECT name FROM pages WHERE name LIKE '%.png' AND ask(image, 'Signed?') = 'yes'");
  }

  @Test
  void aJoinBelowStaysOnTheGpu() {
    assertOnlyOursIsOnTheCpu(
        "SELECT /*+ BROADCAST(b) */ a.name, ask(a.image, b.question)"
            + " FROM pages a JOIN pages b ON a.name = b.name");
  }
}
