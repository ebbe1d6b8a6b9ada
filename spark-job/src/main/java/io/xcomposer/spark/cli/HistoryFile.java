package io.xcomposer.spark.cli;

import com.fasterxml.jackson.core.JsonLocation;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import io.xcomposer.model.Errors;
import io.xcomposer.model.Turn;
import io.xcomposer.model.XComposerException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;

/**
 * Earlier rounds of a conversation: a JSON list, oldest first, of {@code ["question", "answer"]} or
 * {@code {"question": …, "answer": …}}.
 */
final class HistoryFile {
  private static final int MAX_BYTES = 16 << 20;
  private static final Set<String> FIELDS = Set.of("question", "answer");
  private static final String REMEDY =
      "write a JSON list of [\"question\", \"answer\"] pairs or of objects with question and answer";

  private final Path file;

  private HistoryFile(Path file) {
    this.file = file;
  }

  /**
   * Reads the file.
   *
   * @throws XComposerException naming file and field when it is not as described above
   */
  static List<Turn> read(Path file) {
    return new HistoryFile(file).turns();
  }

  private List<Turn> turns() {
    JsonNode root;
    try {
      root = new ObjectMapper().readTree(UserFile.text("--history", file, MAX_BYTES));
    } catch (JsonProcessingException e) {
      JsonLocation at = e.getLocation();
      throw error(
          at == null
              ? "is no JSON"
              : "is no JSON (line " + at.getLineNr() + ", column " + at.getColumnNr() + ")");
    }
    if (!root.isArray()) {
      throw error("is no list");
    }
    List<Turn> turns = new ArrayList<>();
    for (int i = 0; i < root.size(); i++) {
      turns.add(turn(root.get(i), "[" + i + "]"));
    }
    return turns;
  }

  private Turn turn(JsonNode node, String at) {
    if (node.isArray()) {
      if (node.size() != 2) {
        throw error("has " + node.size() + " entries instead of 2 at " + at);
      }
      return new Turn(string(node.get(0), at + "[0]"), string(node.get(1), at + "[1]"));
    }
    if (node.isObject()) {
      node.fieldNames()
          .forEachRemaining(
              name -> {
                if (!FIELDS.contains(name)) {
                  throw error("has the unknown field '" + name + "' at " + at);
                }
              });
      return new Turn(
          string(node.path("question"), at + ".question"),
          string(node.path("answer"), at + ".answer"));
    }
    throw error("has neither a pair nor an object at " + at);
  }

  private String string(JsonNode node, String at) {
    if (!node.isTextual()) {
      throw error(
          "has " + (node.isMissingNode() ? "nothing" : "no string but " + node) + " at " + at);
    }
    return node.textValue();
  }

  private XComposerException error(String problem) {
    return Errors.input("--history " + file + " " + problem, REMEDY);
  }
}
