package io.xcomposer.model.text;

import java.util.List;

/**
 * The clean-up of decoded text (model-spec 6): spaces before punctuation and English contractions
 * go, rule by rule in this order.
 */
final class CleanUp {
  private record Rule(String from, String to) {}

  private static final List<Rule> RULES =
      List.of(
          new Rule(" .", "."),
          new Rule(" ?", "?"),
          new Rule(" !", "!"),
          new Rule(" ,", ","),
          new Rule(" ' ", "'"),
          new Rule(" n't", "n't"),
          new Rule(" 'm", "'m"),
          new Rule(" 's", "'s"),
          new Rule(" 've", "'ve"),
          new Rule(" 're", "'re"));

  private CleanUp() {}

  static String of(String text) {
    String clean = text;
    for (Rule rule : RULES) {
      clean = clean.replace(rule.from, rule.to);
    }
    return clean;
  }

  /**
   * The longest prefix of which we know, whatever follows: clean(prefix + rest) = clean(prefix) +
   * clean(rest). Rules only delete spaces, so a match that spans the cut must hold the last
   * character before it, and not as the last of its pattern. That leaves the space, and {@code '},
   * {@code n}, {@code v}, {@code r} where what stands before them fits.
   */
  static int stablePrefix(CharSequence text) {
    int length = text.length();
    while (length > 0 && mayStartMatch(text, length - 1)) {
      length--;
    }
    return length;
  }

  private static boolean mayStartMatch(CharSequence text, int index) {
    char before = index == 0 ? '\0' : text.charAt(index - 1);
    return switch (text.charAt(index)) {
      case ' ' -> true;
      case '\'' -> before == ' ' || before == 'n';
      case 'n' -> before == ' ';
      case 'v', 'r' -> before == '\'' || before == ' ';
      default -> false;
    };
  }
}
