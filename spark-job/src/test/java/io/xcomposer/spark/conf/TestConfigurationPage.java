package io.xcomposer.spark.conf;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class TestConfigurationPage {
  @Test
  void thePageSaysWhatTheKeysSay() throws IOException {
    Path page = Path.of(System.getProperty("xcomposer.root"), "docs/configuration.md");

    assertThat(Files.exists(page) ? Files.readString(page) : "")
        .as("docs/configuration.md is stale: run 'make docs'")
        .isEqualTo(ConfigurationPage.markdown());
  }

  @Test
  void everyKeyHasALineOnThePage() {
    String page = ConfigurationPage.markdown();

    assertThat(ConfKeys.ALL)
        .allSatisfy(entry -> assertThat(page).containsOnlyOnce("| `" + entry.key() + "`"));
  }
}
