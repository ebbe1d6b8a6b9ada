package io.xcomposer.spark.engine;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.LocalSpark;
import java.util.Collections;
import org.apache.spark.api.java.JavaSparkContext;
import org.junit.jupiter.api.Test;

class TestEngineReports {
  private static EngineReport report(String executor, String device, int loads) {
    return new EngineReport(executor, "host", device, "0", loads, 1.5);
  }

  @Test
  void anExecutorReportsOnceHoweverManyTasksItHas() {
    EngineReports reports = new EngineReports();
    for (int i = 0; i < 100; i++) {
      EngineReports ofTask = new EngineReports();
      ofTask.add(report("" + i % 2, "cuda:0", 1));
      reports.merge(ofTask);
    }

    assertThat(reports.value()).containsExactly(report("0", "cuda:0", 1), report("1", "cuda:0", 1));
  }

  @Test
  void ofSeveralLoadsTheLastIsReported() {
    EngineReports reports = new EngineReports();
    reports.add(report("0", "cpu", 1));
    reports.add(report("0", "cpu", 3));
    reports.add(report("0", "cpu", 2));

    assertThat(reports.value()).containsExactly(report("0", "cpu", 3));
  }

  @Test
  void tasksBringTheirReportsToTheDriver() {
    var context = JavaSparkContext.fromSparkContext(LocalSpark.session().sparkContext());
    EngineReports reports = EngineReports.register(context.sc());

    context
        .parallelize(Collections.nCopies(20, "executor"), 5)
        .foreach(executor -> reports.add(report(executor, "cpu", 1)));

    assertThat(reports.value()).containsExactly(report("executor", "cpu", 1));
  }
}
