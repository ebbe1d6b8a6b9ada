package io.xcomposer.spark.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.StringReader;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;

class TestStatementReader {
  private static List<String> read(String text) {
    List<String> statements = new ArrayList<>();
    new StatementReader(new StringReader(text), () -> {}).forEachRemaining(statements::add);
    return statements;
  }

  @Test
  void aStatementEndsAtTheSemicolonThatEndsALine() {
    assertThat(read("SELECT 1;\nSELECT 'a;b',\n  2 ;  \n"))
        .containsExactly("SELECT 1", "SELECT 'a;b',\n  2");
  }

  @Test
  void theLastStatementNeedsNoSemicolon() {
    assertThat(read("SELECT 1;\n\nSELECT 2")).containsExactly("SELECT 1", "SELECT 2");
  }

  @Test
  void anEmptyTextHasNoStatement() {
    assertThat(read(" \n\n")).isEmpty();
  }
}
