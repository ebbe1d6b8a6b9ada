package io.xcomposer.model.golden;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.XComposerEngine;
import io.xcomposer.model.backend.ReferenceBackend;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class ReferenceGoldenTest {
  @Test
  void all() {
    EngineOptions options = EngineOptions.exact();
    Path golden = Path.of(System.getProperty("xcomposer.root"), "golden");
    GoldenRunner runner =
        new GoldenRunner(
            golden,
            options,
            System.out::println,
            dir -> XComposerEngine.open(dir, options, ReferenceBackend::new));
    assertThat(runner.run()).isTrue();
  }
}
