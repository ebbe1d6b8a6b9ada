package io.xcomposer.model.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.Collection;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The names that stand for one id each above SentencePiece (model-spec 6): those of {@code
 * special_tokens_map.json}, with the ids of the model's pieces or of {@code added_tokens.json}.
 * Immutable.
 */
final class SpecialTokens {
  private static final String MAP = "special_tokens_map.json";
  private static final String ADDED = "added_tokens.json";
  private static final String CONFIG = "tokenizer_config.json";
  private static final String ADDITIONAL = "additional_special_tokens";
  private static final List<String> REQUIRED = List.of("bos_token", "eos_token", "unk_token");
  private static final List<String> OPTIONAL =
      List.of("pad_token", "sep_token", "cls_token", "mask_token");

  /**
   * A name.
   *
   * @param trimsLeft white space before it is dropped: so for names given as bare strings
   * @param trimsRight white space after it is dropped
   */
  record SpecialToken(String text, int id, boolean trimsLeft, boolean trimsRight) {}

  private final Map<String, SpecialToken> byRole = new HashMap<>();
  private final Map<String, SpecialToken> byText = new LinkedHashMap<>();
  private final Map<Integer, SpecialToken> byId = new HashMap<>();

  private SpecialTokens() {}

  /** Reads and checks the three JSON files beside {@code tokenizer.model}. */
  static SpecialTokens read(Path directory, SentencePieceModel model) {
    TokenizerJson map = TokenizerJson.read(directory, MAP);
    Map<String, Integer> added = readAdded(TokenizerJson.read(directory, ADDED), model);
    SpecialTokens tokens = new SpecialTokens();
    for (String role : REQUIRED) {
      if (!map.root().has(role)) {
        throw map.broken("has no " + role);
      }
    }
    for (String role : List.of("bos_token", "eos_token", "unk_token")) {
      tokens.put(role, map, map.root().get(role), added, model);
    }
    for (String role : OPTIONAL) {
      if (map.root().hasNonNull(role)) {
        tokens.put(role, map, map.root().get(role), added, model);
      }
    }
    JsonNode additional = map.root().path(ADDITIONAL);
    if (!additional.isMissingNode() && !additional.isArray()) {
      throw map.broken(ADDITIONAL + " is not a list");
    }
    for (JsonNode name : additional) {
      tokens.put(ADDITIONAL, map, name, added, model);
    }
    tokens.requireEveryAdded(added);
    tokens.requireConfigAgrees(TokenizerJson.read(directory, CONFIG));
    return tokens;
  }

  private static Map<String, Integer> readAdded(TokenizerJson json, SentencePieceModel model) {
    Map<String, Integer> added = new HashMap<>();
    int count = json.root().size();
    json.root()
        .fields()
        .forEachRemaining(
            entry -> {
              JsonNode id = entry.getValue();
              if (!id.isInt()
                  || id.intValue() < model.size()
                  || id.intValue() >= model.size() + count) {
                throw json.broken(
                    "%s has id %s, but the added ids continue the %d pieces of %s: %d to %d"
                        .formatted(
                            Quoted.of(entry.getKey()),
                            id,
                            model.size(),
                            SentencePieceModel.FILE,
                            model.size(),
                            model.size() + count - 1));
              }
              if (entry.getKey().isEmpty() || added.containsValue(id.intValue())) {
                throw json.broken("id " + id + " is given twice or to an empty name");
              }
              added.put(entry.getKey(), id.intValue());
            });
    return added;
  }

  private void put(
      String role,
      TokenizerJson json,
      JsonNode node,
      Map<String, Integer> added,
      SentencePieceModel model) {
    JsonNode content = node.isObject() ? node.path("content") : node;
    if (!content.isTextual() || content.textValue().isEmpty()) {
      throw json.broken(role + " is neither a name nor an object with its \"content\"");
    }
    String text = content.textValue();
    boolean bare = !node.isObject();
    SpecialToken token =
        new SpecialToken(
            text,
            id(role, json, text, added, model),
            bare || node.path("lstrip").asBoolean(false),
            bare || node.path("rstrip").asBoolean(false));
    // the first role of a name decides how white space around it is taken
    SpecialToken known = byText.putIfAbsent(text, token);
    byRole.put(role, known == null ? token : known);
    byId.putIfAbsent(token.id(), token);
  }

  private static int id(
      String role,
      TokenizerJson json,
      String text,
      Map<String, Integer> added,
      SentencePieceModel model) {
    Integer addedId = added.get(text);
    if (addedId != null) {
      return addedId;
    }
    OptionalInt piece = model.idOf(text);
    if (piece.isEmpty()) {
      throw json.broken(
          "%s %s is neither a piece of %s nor in %s"
              .formatted(role, Quoted.of(text), SentencePieceModel.FILE, ADDED));
    }
    return piece.getAsInt();
  }

  private void requireEveryAdded(Map<String, Integer> added) {
    for (String name : added.keySet()) {
      if (!byText.containsKey(name)) {
        throw SentencePieceModel.broken(
            "%s of %s is not in %s".formatted(Quoted.of(name), ADDED, MAP));
      }
    }
  }

  private void requireConfigAgrees(TokenizerJson config) {
    requireFlag(config, "add_bos_token", true);
    requireFlag(config, "add_eos_token", false);
    requireFlag(config, "decode_with_prefix_space", false);
    for (String role : REQUIRED) {
      JsonNode node = config.root().path(role);
      JsonNode content = node.isObject() ? node.path("content") : node;
      if (!content.isMissingNode() && !content.asText().equals(byRole.get(role).text())) {
        throw config.broken(
            "%s is %s, but %s of %s"
                .formatted(
                    role,
                    Quoted.of(content.asText()),
                    Quoted.of(byRole.get(role).text()) + " is that",
                    MAP));
      }
    }
  }

  private static void requireFlag(TokenizerJson config, String flag, boolean needed) {
    JsonNode node = config.root().path(flag);
    if (!node.isMissingNode() && !(node.isBoolean() && node.booleanValue() == needed)) {
      throw config.broken("%s is %s and this model has %s".formatted(flag, node, needed));
    }
  }

  SpecialToken bos() {
    return byRole.get("bos_token");
  }

  SpecialToken eos() {
    return byRole.get("eos_token");
  }

  Collection<SpecialToken> all() {
    return byText.values();
  }

  boolean isSpecial(int id) {
    return byId.containsKey(id);
  }

  /** The name of a special id. */
  String text(int id) {
    return byId.get(id).text();
  }
}
