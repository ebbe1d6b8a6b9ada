package io.xcomposer.model.config;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;

/** The keys of one JSON object of {@code config.json}, each asked for by type. */
final class ConfigFields {
  static final String FILE = "config.json";

  private final ObjectNode object;
  private final String prefix;

  ConfigFields(ObjectNode object, String prefix) {
    this.object = object;
    this.prefix = prefix;
  }

  boolean isAbsent(String key) {
    return object.get(key) == null;
  }

  boolean isNull(String key) {
    return isAbsent(key) || object.get(key).isNull();
  }

  ConfigFields object(String key) {
    if (required(key) instanceof ObjectNode child) {
      return new ConfigFields(child, prefix + key + ".");
    }
    throw wrongType(key, "an object");
  }

  /** The only entry of a list of one text. */
  String onlyText(String key) {
    JsonNode list = required(key);
    if (!list.isArray() || list.size() != 1 || !list.get(0).isTextual()) {
      throw wrongType(key, "a list of one text");
    }
    return list.get(0).textValue();
  }

  int integer(String key) {
    JsonNode value = required(key);
    if (!value.isIntegralNumber() || !value.canConvertToInt()) {
      throw wrongType(key, "an integer of 32 bits");
    }
    return value.intValue();
  }

  double number(String key) {
    JsonNode value = required(key);
    if (!value.isNumber()) {
      throw wrongType(key, "a number");
    }
    return value.doubleValue();
  }

  String text(String key) {
    JsonNode value = required(key);
    if (!value.isTextual()) {
      throw wrongType(key, "a text");
    }
    return value.textValue();
  }

  /** The key must be there and be false: the model has nothing for true. */
  void requireFalse(String key) {
    JsonNode value = required(key);
    if (!value.isBoolean()) {
      throw wrongType(key, "true or false");
    }
    if (value.booleanValue()) {
      throw unsupported(key, "true", "false");
    }
  }

  void requireText(String key, String only) {
    if (!text(key).equals(only)) {
      throw unsupported(key, shown(object.get(key)), '"' + only + '"');
    }
  }

  void requireInteger(String key, int only) {
    if (integer(key) != only) {
      throw unsupported(key, shown(object.get(key)), Integer.toString(only));
    }
  }

  XComposerException unsupported(String key, String value, String only) {
    return Errors.checkpoint(
        FILE,
        prefix + key + " = " + value + " is not supported: this model has " + only,
        "use a checkpoint of InternLM-XComposer2-4KHD");
  }

  private JsonNode required(String key) {
    JsonNode value = object.get(key);
    if (value == null) {
      throw Errors.checkpoint(
          FILE,
          "the key " + prefix + key + " is missing",
          "take the file from the published checkpoint, or add the key");
    }
    return value;
  }

  private XComposerException wrongType(String key, String wanted) {
    return Errors.checkpoint(
        FILE,
        prefix + key + " = " + shown(object.get(key)) + " is not " + wanted,
        "give " + prefix + key + " as " + wanted);
  }

  private static String shown(JsonNode value) {
    return value.isContainerNode()
        ? (value.isArray() ? "[…]" : "{…}")
        : StrictJson.shortened(value.toString());
  }
}
