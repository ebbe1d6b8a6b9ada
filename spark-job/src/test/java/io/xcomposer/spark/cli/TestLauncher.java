package io.xcomposer.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import io.xcomposer.spark.cli.Launcher.Outcome;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Instant;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * {@code bin/xcomposer} in a repository of stand-ins: its build leaves empty jars and a line in
 * {@code builds}, its java prints the words that it was given, one a line.
 */
class TestLauncher {
  private static final String JAR = "spark-job/target/xcomposer-spark_2.13-1.2.3.jar";

  @TempDir private Path folder;
  private Path root;
  private final Map<String, String> environment = new HashMap<>();

  @BeforeEach
  void standIns() throws IOException {
    root = Files.createDirectory(folder.resolve("a root"));
    Files.createDirectory(root.resolve("bin"));
    Files.copy(Launcher.ROOT.resolve("bin/xcomposer"), root.resolve("bin/xcomposer"));
    Files.writeString(root.resolve("pom.xml"), "<project>\n  <version>1.2.3</version>\n</project>");
    for (String module : new String[] {"kernels", "model", "spark-job", "spark-job/spark-home"}) {
      Files.createDirectories(root.resolve(module + "/src/main"));
      Files.writeString(root.resolve(module + "/pom.xml"), "<project/>");
    }
    script(
        root.resolve("mvnw"),
        "echo \"$@\" >> builds",
        "mkdir -p spark-job/target/cli-lib spark-job/spark-home/target/spark-home/jars"
            + " spark-job/spark-home/target/spark-home/bin",
        "touch " + JAR,
        "printf '%s\\n' 'printf \"%s\\n\" \"$@\"' > spark-job/spark-home/target/spark-home/bin/spark-submit");
    Path jdk = Files.createDirectories(folder.resolve("jdk/bin"));
    script(jdk.resolve("java"), "printf '%s\\n' \"$@\"");
    script(jdk.resolve("javac"), "exit 1");
    Files.writeString(folder.resolve("jdk/release"), "JAVA_VERSION=\"21\"\n");
    environment.put("JAVA_HOME", folder.resolve("jdk").toString());
    environment.put("XCOMPOSER_BUILD", "");
  }

  private static void script(Path file, String... lines) throws IOException {
    Files.writeString(file, "#!/bin/bash\n" + String.join("\n", lines) + "\n");
    assertThat(file.toFile().setExecutable(true)).isTrue();
  }

  private Outcome xcomposer(String... args) throws IOException, InterruptedException {
    return new Launcher(root.resolve("bin/xcomposer"), folder, environment).run(args);
  }

  private int builds() throws IOException {
    Path builds = root.resolve("builds");
    return Files.exists(builds) ? Files.readAllLines(builds).size() : 0;
  }

  @Test
  void whatIsMissingIsBuiltOnFirstUseOnly() throws IOException, InterruptedException {
    Outcome first = xcomposer("ask");
    Outcome second = xcomposer("ask");

    assertThat(first.code()).as(first.err()).isZero();
    assertThat(first.err()).startsWith("xcomposer: building ").hasLineCount(1);
    assertThat(second.err()).isEmpty();
    assertThat(Files.readString(root.resolve("builds"))).isEqualTo("-B -q package -DskipTests\n");
  }

  @Test
  void aNewerSourceIsBuiltAgain() throws IOException, InterruptedException {
    xcomposer("ask");
    Path source = Files.writeString(root.resolve("model/src/main/A.java"), "class A {}");
    Files.setLastModifiedTime(source, FileTime.from(Instant.now().plusSeconds(60)));

    xcomposer("ask");

    assertThat(builds()).isEqualTo(2);
  }

  @Test
  void aBuildThatIsNotWantedIsNotDone() throws IOException, InterruptedException {
    environment.put("XCOMPOSER_BUILD", "never");

    Outcome outcome = xcomposer("ask");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains(JAR + " is missing. To fix: ").hasLineCount(1);
    assertThat(builds()).isZero();
  }

  @Test
  void aFailedBuildIsSaid() throws IOException, InterruptedException {
    script(root.resolve("mvnw"), "echo broken >&2", "exit 1");

    Outcome outcome = xcomposer("ask");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("broken\n").contains("the build failed");
  }

  @Test
  void aMissingJavaCompilerIsNamed() throws IOException, InterruptedException {
    Files.delete(folder.resolve("jdk/bin/javac"));

    assertThat(xcomposer("ask").err()).contains("no compiler beside it. To fix: ").hasLineCount(1);
    assertThat(builds()).isZero();
  }

  @Test
  void aMissingCppCompilerIsNamed() throws IOException, InterruptedException {
    environment.put("CXX", "no-such-compiler");

    assertThat(xcomposer("ask").err())
        .contains("no-such-compiler is missing, the kernels are C++. To fix: ")
        .hasLineCount(1);
    assertThat(builds()).isZero();
  }

  @Test
  void argumentsComeThroughUntouched() throws IOException, InterruptedException {
    xcomposer("ask");

    Outcome outcome = xcomposer("ask", "--question", "a  b\t*'\"$x", "", "@c", "--conf");

    assertThat(outcome.out())
        .contains(root.resolve(JAR) + ":" + root.resolve("spark-job/target/cli-lib") + "/*\n")
        .endsWith("io.xcomposer.spark.cli.Main\nask\n--question\na  b\t*'\"$x\n\n@c\n--conf\n");
  }

  @Test
  void optionsOfSparkSubmitGoInFrontOfTheJar() throws IOException, InterruptedException {
    xcomposer("ask");

    Outcome outcome =
        xcomposer(
            "run",
            "--model",
            "a b",
            "--conf",
            "k=v w",
            "--input",
            "i",
            "--master=local[2]",
            "--question",
            "--",
            "--driver-memory",
            "5g");

    assertThat(outcome.out().lines())
        .containsExactly(
            "--conf",
            "k=v w",
            "--master",
            "local[2]",
            "--driver-memory",
            "5g",
            "--class",
            "io.xcomposer.spark.cli.Main",
            root.resolve(JAR).toString(),
            "run",
            "--model",
            "a b",
            "--input",
            "i",
            "--question",
            "--");
  }

  @Test
  void anOptionOfSparkSubmitWithoutValueIsAUsageError() throws IOException, InterruptedException {
    xcomposer("ask");

    Outcome outcome = xcomposer("run", "--model", "m", "--master");

    assertThat(outcome.code()).isEqualTo(2);
    assertThat(outcome.err()).isEqualTo("xcomposer run: --master needs a value\n");
  }

  @Test
  void aSparkHomeOfTheUserIsUsed() throws IOException, InterruptedException {
    xcomposer("ask");
    Path bin = Files.createDirectories(folder.resolve("spark/bin"));
    script(bin.resolve("spark-submit"), "echo mine \"$SPARK_SUBMIT_OPTS\"");
    environment.put("SPARK_HOME", folder.resolve("spark").toString());

    assertThat(xcomposer("run", "--model", "m").out())
        .startsWith("mine \"-Dlog4j2.configurationFile=file:" + root + "/conf/local/");
  }

  @Test
  void aSparkHomeWithoutSparkIsNamed() throws IOException, InterruptedException {
    xcomposer("ask");
    environment.put("SPARK_HOME", folder.toString());

    Outcome outcome = xcomposer("run", "--model", "m");

    assertThat(outcome.code()).isEqualTo(1);
    assertThat(outcome.err()).contains("has no bin/spark-submit. To fix: ").hasLineCount(1);
  }

  @Test
  void helpOfTheJobStartsNoSpark() throws IOException, InterruptedException {
    xcomposer("ask");

    assertThat(xcomposer("run", "--help").out()).endsWith("cli.Main\nrun\n--help\n");
  }
}
