package io.xcomposer.model.config;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;

/**
 * Limits on the numbers of a config. The upper ones are far above any model of the family; they
 * keep products of sizes within 63 bits and a hostile file from asking for absurd memory.
 */
final class Ranges {
  private Ranges() {}

  static void require(String key, long value, long min, long max) {
    if (value < min || value > max) {
      throw out(key, value, "an integer from " + min + " to " + max);
    }
  }

  static void requireNumber(String key, double value, double min, double max) {
    if (!(value >= min && value <= max)) {
      throw out(key, value, "a number from " + min + " to " + max);
    }
  }

  /** {@code value} must be a multiple of {@code divisor}, both named as in the file. */
  static void requireMultiple(String key, long value, String divisorKey, long divisor) {
    if (value % divisor != 0) {
      throw out(key, value, "a multiple of " + divisorKey + " = " + divisor);
    }
  }

  private static XComposerException out(String key, Object value, String allowed) {
    return Errors.checkpoint(
        ConfigFields.FILE, key + " = " + value + " is not " + allowed, "give " + allowed);
  }
}
