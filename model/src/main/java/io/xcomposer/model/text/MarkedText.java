package io.xcomposer.model.text;

import io.xcomposer.model.SpecialText;
import java.util.BitSet;

/**
 * A text whose characters are either ours (the frame of a prompt) or plain: special-token text that
 * touches a plain character means only its characters. Built by appending; not changed afterwards.
 */
final class MarkedText {
  private final StringBuilder text = new StringBuilder();
  private final BitSet plain = new BitSet();

  /** A text from one source. */
  static MarkedText of(String text, SpecialText specialText) {
    return new MarkedText().append(text, specialText);
  }

  MarkedText append(String more, SpecialText specialText) {
    int from = text.length();
    text.append(more);
    if (specialText == SpecialText.NEUTRALIZED) {
      plain.set(from, text.length());
    }
    return this;
  }

  /** Text of the frame. */
  MarkedText append(String more) {
    return append(more, SpecialText.AS_PUBLISHED);
  }

  /** The part from {@code from} to {@code to}, exclusive. */
  MarkedText part(int from, int to) {
    MarkedText part = new MarkedText();
    part.text.append(text, from, to);
    part.plain.or(plain.get(from, to));
    return part;
  }

  String text() {
    return text.toString();
  }

  int length() {
    return text.length();
  }

  boolean isEmpty() {
    return text.isEmpty();
  }

  /** Whether special text from {@code from} to {@code to}, exclusive, has its meaning. */
  boolean meansSpecial(int from, int to) {
    int firstPlain = plain.nextSetBit(from);
    return firstPlain < 0 || firstPlain >= to;
  }
}
