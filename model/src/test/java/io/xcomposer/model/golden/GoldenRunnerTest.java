package io.xcomposer.model.golden;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.tensor.DType;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** The exact mode against all recorded answers, and the runner against answers that are wrong. */
class GoldenRunnerTest {
  private static final Path GOLDEN = Path.of(System.getProperty("xcomposer.root"), "golden");

  @TempDir Path dir;
  private final List<String> lines = new ArrayList<>();

  private boolean run(Path folder) {
    return new GoldenRunner(folder, EngineOptions.exact(), List.of(), lines::add).run();
  }

  /** A folder with one case of the golden set, its first run only. */
  private ObjectNode oneCase() throws IOException {
    JsonNode all = JsonMapper.builder().build().readTree(GOLDEN.resolve("cases.json").toFile());
    ObjectNode golden = all.get("cases").get(0).deepCopy();
    ObjectNode file = JsonMapper.builder().build().createObjectNode();
    file.put("checkpoint", GOLDEN.resolve("checkpoint").toString());
    file.putArray("cases").add(golden);
    Files.createSymbolicLink(dir.resolve("images"), GOLDEN.resolve("images"));
    Files.createSymbolicLink(dir.resolve("stages"), GOLDEN.resolve("stages"));
    return file;
  }

  private boolean run(ObjectNode cases) throws IOException {
    Files.writeString(dir.resolve("cases.json"), cases.toString());
    return run(dir);
  }

  @Test
  void everyRecordedAnswerIsGivenTokenForToken() {
    assertThat(run(GOLDEN)).as(String.join("\n", lines)).isTrue();
  }

  @Test
  void aWrongTokenIdIsNamedWithItsPlace() throws IOException {
    ObjectNode cases = oneCase();
    ObjectNode run = (ObjectNode) cases.at("/cases/0/rounds/0/runs/0");
    run.withArray("output_ids").remove(3);
    assertThat(run(cases)).isFalse();
    assertThat(lines).anyMatch(line -> line.contains("greedy: ids part at 3 of 31"));
  }

  @Test
  void aMissingStageTensorIsNamed() throws IOException {
    ObjectNode cases = oneCase();
    ((ObjectNode) cases.at("/cases/0")).put("stage_file", "stages/chart_wide_hd4.safetensors");
    assertThat(run(cases)).isFalse();
    assertThat(lines).anyMatch(line -> line.contains("elements of merged_tokens"));
  }

  @Test
  void aCaseThatCannotBeRunIsADifferenceAndTheOthersGoOn() throws IOException {
    ObjectNode cases = oneCase();
    ObjectNode broken = cases.at("/cases/0").deepCopy();
    broken.withArray("images").removeAll().add("no such file.png");
    ((com.fasterxml.jackson.databind.node.ArrayNode) cases.get("cases")).insert(0, broken);
    assertThat(run(cases)).isFalse();
    assertThat(lines).anyMatch(line -> line.contains("2 cases, 1 equal, 1 different"));
  }

  @ParameterizedTest
  @EnumSource(names = {"BF16", "INT8", "INT4"})
  void aSpeedModeSaysHowFarItIsFromTheRecordedAnswers(DType dtype) throws IOException {
    Files.writeString(dir.resolve("cases.json"), oneCase().toString());
    EngineOptions exact = EngineOptions.exact();
    EngineOptions options =
        new EngineOptions(
            exact.device(), dtype, exact.threads(), exact.maxImagePixels(), exact.kvCacheTokens());
    new GoldenRunner(dir, options, List.of(), lines::add).run();
    assertThat(lines).anyMatch(line -> line.matches("token ids: equal in \\d of \\d runs .*"));
    assertThat(lines).anyMatch(line -> line.matches("logits .* off by .* \\(8 logits\\)"));
  }

  @Test
  void aFolderWithoutCasesIsRefused() {
    assertThatThrownBy(() -> run(dir))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("cases.json");
  }
}
