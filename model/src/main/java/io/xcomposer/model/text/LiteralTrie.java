package io.xcomposer.model.text;

import java.util.HashMap;
import java.util.Map;

/** Finds the longest of a set of literals at a place in a text. Immutable after building. */
final class LiteralTrie {
  /** Answer of {@link #match} where no literal stands. */
  static final int NONE = -1;

  /** Whether the literal with an id may be matched up to a place in the text, exclusive. */
  @FunctionalInterface
  interface Allowed {
    boolean test(int id, int end);
  }

  private static final class Node {
    private final Map<Character, Node> next = new HashMap<>();
    private int id = NONE;
  }

  private final Node root = new Node();

  /**
   * Adds a literal.
   *
   * @param id what {@link #match} answers for it, not negative
   */
  void add(String literal, int id) {
    Node node = root;
    for (int i = 0; i < literal.length(); i++) {
      node = node.next.computeIfAbsent(literal.charAt(i), c -> new Node());
    }
    node.id = id;
  }

  /** The id of the longest allowed literal that starts at {@code from} and ends by {@code to}. */
  int match(CharSequence text, int from, int to, Allowed allowed) {
    int longest = NONE;
    Node node = root;
    for (int i = from; i < to; i++) {
      node = node.next.get(text.charAt(i));
      if (node == null) {
        break;
      }
      if (node.id != NONE && allowed.test(node.id, i + 1)) {
        longest = node.id;
      }
    }
    return longest;
  }
}
