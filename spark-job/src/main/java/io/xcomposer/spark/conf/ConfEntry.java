package io.xcomposer.spark.conf;

import io.xcomposer.model.Errors;
import java.util.Optional;

/**
 * A key.
 *
 * @param name without the prefix, as an SQL call gives it: {@code hdNum}
 * @param doc what it does, in Markdown
 * @param type what its values are
 * @param byDefault the value where none is given; empty when there is none
 */
public record ConfEntry<T>(
    String name,
    Category category,
    Scope scope,
    String doc,
    ConfType<T> type,
    Optional<T> byDefault) {

  /** What all full keys start with. */
  public static final String PREFIX = "spark.xcomposer.";

  private static final int MAX_QUOTED = 120;

  /** The full key. */
  public String key() {
    return PREFIX + name;
  }

  /** What a value has to be. */
  public String allowed() {
    return type.allowed();
  }

  /** The default as a user would write it; empty when there is none. */
  public Optional<String> defaultText() {
    return byDefault.map(type.writer());
  }

  /**
   * The value that a text stands for.
   *
   * @param as the name under which the user knows this key
   * @throws io.xcomposer.model.XComposerException when the value is not allowed
   */
  T parse(String as, String text) {
    if (text == null) {
      throw Errors.option(as, "NULL", allowed());
    }
    try {
      return type.parser().apply(text);
    } catch (IllegalArgumentException e) {
      throw Errors.option(as, quoted(text), allowed());
    }
  }

  /** A text of the user for a message: all of it where it is short. */
  static String quoted(String text) {
    if (text.length() <= MAX_QUOTED) {
      return "'" + text + "'";
    }
    int end = Character.isHighSurrogate(text.charAt(MAX_QUOTED - 1)) ? MAX_QUOTED - 1 : MAX_QUOTED;
    return "'" + text.substring(0, end) + "'... (" + text.length() + " characters)";
  }
}
