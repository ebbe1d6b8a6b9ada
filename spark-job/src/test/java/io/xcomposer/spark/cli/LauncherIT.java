package io.xcomposer.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.cli.Launcher.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** {@code bin/xcomposer} itself: what the jar cannot know. */
class LauncherIT {
  @TempDir private Path folder;

  private Outcome xcomposer(String... args) throws IOException, InterruptedException {
    return Launcher.inFolder(folder).run(args);
  }

  @ParameterizedTest
  @ValueSource(strings = {"ask", "caption", "run", "inspect", "golden", "bench"})
  void everyCommandExplainsItself(String command) throws IOException, InterruptedException {
    Outcome help = xcomposer(command, "--help");

    assertThat(help.code()).isZero();
    assertThat(help.out()).startsWith("Usage: xcomposer " + command);
    assertThat(help.err()).isEmpty();
  }

  @Test
  void aFlagThatThereIsNotIsAUsageError() throws IOException, InterruptedException {
    Outcome outcome = xcomposer("golden", "--no-such-flag", "x");

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).startsWith("xcomposer golden: ").hasLineCount(2);
  }

  @Test
  void aModelThatIsNotThereIsNamed() throws IOException, InterruptedException {
    Outcome outcome = xcomposer("ask", "--model", "no where", "--question", "Was ist 3 + 4 – 什么?");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err())
        .isEqualTo(
            "xcomposer ask: --model no where does not exist. To fix: give the folder that holds"
                + " config.json and the weights.\n");
  }

  @Test
  void aJobWithoutModelFailsWithOneLine() throws IOException, InterruptedException {
    Outcome outcome =
        xcomposer(
            "run",
            "--master",
            "local[1]",
            "--model",
            "nowhere",
            "--input",
            "i",
            "--output",
            "o",
            "--question",
            "a b  c");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).startsWith("xcomposer run: --model nowhere does not exist");
    assertThat(outcome.err()).hasLineCount(1);
  }

  @Test
  void itIsFoundThroughLinksInFoldersWithSpaces() throws IOException, InterruptedException {
    Path far = Files.createDirectories(folder.resolve("far away/bin"));
    Path near = Files.createDirectories(folder.resolve("near by"));
    Files.createSymbolicLink(far.resolve("xc"), Launcher.ROOT.resolve("bin/xcomposer"));
    Path link = Files.createSymbolicLink(near.resolve("x c"), Path.of("../far away/bin/xc"));

    Outcome outcome = new Launcher(link, near, Map.of()).run("--version");

    assertThat(outcome.code()).isZero();
    assertThat(outcome.out()).startsWith("xcomposer ");
  }

  @Test
  void namesInOtherLettersComeThroughAnyLocale() throws IOException, InterruptedException {
    Launcher plain =
        new Launcher(
            Launcher.ROOT.resolve("bin/xcomposer"), folder, Map.of("LC_ALL", "C", "LANG", "C"));

    assertThat(plain.run("inspect", "--model", "模型 é").err()).contains("--model 模型 é does not");
  }

  @Test
  void anOldJavaIsNamed() throws IOException, InterruptedException {
    Path bin = Files.createDirectories(folder.resolve("jdk/bin"));
    Files.writeString(bin.resolve("java"), "#!/bin/sh\n");
    assertThat(bin.resolve("java").toFile().setExecutable(true)).isTrue();
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"1.8.0_402\"\n");

    Outcome outcome =
        new Launcher(
                Launcher.ROOT.resolve("bin/xcomposer"),
                folder,
                Map.of("JAVA_HOME", folder.resolve("jdk").toString()))
            .run("--version");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("is Java 8. To fix: install a JDK 17").hasLineCount(1);
  }

  @Test
  void aJavaHomeWithoutJavaIsNamed() throws IOException, InterruptedException {
    Outcome outcome =
        new Launcher(
                Launcher.ROOT.resolve("bin/xcomposer"),
                folder,
                Map.of("JAVA_HOME", folder.toString()))
            .run("--version");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("has no bin/java. To fix: ").hasLineCount(1);
  }
}
