package io.xcomposer.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.model.SpecialText;
import io.xcomposer.spark.conf.ConfKeys;
import io.xcomposer.spark.conf.XComposerConf;
import java.util.Map;
import org.junit.jupiter.api.Test;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** A command without flags and a session without keys mean the same. */
class TestFlagDefaults {
  @Command
  private static final class AllFlags {
    @Mixin private EngineFlags engine;
    @Mixin private PromptFlags prompt;
    @Mixin private GenerationFlags generation;
  }

  private final AllFlags flags = CommandLine.populateCommand(new AllFlags());
  private final XComposerConf conf = XComposerConf.read(Map.of());

  @Test
  void theEngineIsTheSame() {
    assertThat(flags.engine.settings()).isEqualTo(conf.engine());
  }

  @Test
  void thePromptIsTheSame() {
    assertThat(flags.prompt.settings(SpecialText.NEUTRALIZED)).isEqualTo(conf.prompt());
  }

  @Test
  void theSearchIsTheSame() {
    assertThat(flags.generation.options()).isEqualTo(conf.generation());
  }

  @Test
  void samplingIsTheSame() {
    AllFlags sampling = CommandLine.populateCommand(new AllFlags(), "--do-sample");
    XComposerConf keys = XComposerConf.read(Map.of(ConfKeys.DO_SAMPLE.key(), "true"));

    assertThat(sampling.generation.options()).isEqualTo(keys.generation());
  }
}
