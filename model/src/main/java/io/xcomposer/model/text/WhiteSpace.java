package io.xcomposer.model.text;

/** White space as the published code's {@code strip} sees it, which is not Java's notion of it. */
final class WhiteSpace {
  private WhiteSpace() {}

  static boolean is(char c) {
    return (c >= '\t' && c <= '\r')
        || (c >= '\u001c' && c <= ' ')
        || c == '\u0085'
        || c == '\u00a0'
        || c == '\u1680'
        || (c >= '\u2000' && c <= '\u200a')
        || c == '\u2028'
        || c == '\u2029'
        || c == '\u202f'
        || c == '\u205f'
        || c == '\u3000';
  }

  /** The first place from {@code from} on, up to {@code to}, that is not white space. */
  static int skipForward(CharSequence text, int from, int to) {
    int position = from;
    while (position < to && is(text.charAt(position))) {
      position++;
    }
    return position;
  }

  /** The end of the text from {@code from} to {@code to} without white space at its end. */
  static int skipBackward(CharSequence text, int from, int to) {
    int position = to;
    while (position > from && is(text.charAt(position - 1))) {
      position--;
    }
    return position;
  }

  static String strip(String text) {
    int from = skipForward(text, 0, text.length());
    return text.substring(from, skipBackward(text, from, text.length()));
  }
}
