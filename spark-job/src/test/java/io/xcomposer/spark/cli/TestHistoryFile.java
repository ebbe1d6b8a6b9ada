package io.xcomposer.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import io.xcomposer.model.Turn;
import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class TestHistoryFile {
  @TempDir private Path folder;

  private Path history(String json) throws IOException {
    return Files.writeString(folder.resolve("history.json"), json);
  }

  @Test
  void pairsAndObjectsMayStandSideBySide() throws IOException {
    Path file = history("[[\"q1\", \"a1\"], {\"answer\": \"a2\", \"question\": \"q2\"}]");

    assertThat(HistoryFile.read(file)).containsExactly(new Turn("q1", "a1"), new Turn("q2", "a2"));
  }

  @Test
  void anEmptyListIsNoHistory() throws IOException {
    assertThat(HistoryFile.read(history("[]"))).isEmpty();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "{\"question\": \"q\"}       | is no list",
        "[[\"q\"]]                   | has 1 entries instead of 2 at [0]",
        "[[\"q\", \"a\"], [\"q\", 3]] | has no string but 3 at [1][1]",
        "[{\"question\": \"q\"}]     | has nothing at [0].answer",
        "[\"q\"]                     | has neither a pair nor an object at [0]",
        "[[\"q\", \"a\"],,]          | is no JSON (line 1, column 14). To fix: ",
        "[{\"question\": \"q\", \"answer\": \"a\", \"x\": 1}] | has the unknown field 'x' at [0]",
        "``                          | is no list",
      })
  void whatIsWrongIsNamedWithItsPlace(String json, String problem) throws IOException {
    Path file = history(json);

    assertThatThrownBy(() -> HistoryFile.read(file))
        .isInstanceOf(XComposerException.class)
        .hasMessageContaining("--history " + file + " " + problem);
  }

  @Test
  void bytesThatAreNoTextAreAnError() throws IOException {
    Path file = Files.write(folder.resolve("h.json"), new byte[] {'[', (byte) 0xff, ']'});

    assertThatThrownBy(() -> HistoryFile.read(file)).hasMessageContaining("is not UTF-8");
  }

  @Test
  void deepNestingIsAnError() throws IOException {
    Path file = history("[".repeat(100_000));

    assertThatThrownBy(() -> HistoryFile.read(file)).isInstanceOf(XComposerException.class);
  }
}
