package io.xcomposer.model.generate;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.Iterator;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;

/**
 * Blocks of prompts that have been read, for later prompts that start alike: a tree with a block a
 * node, the tokens before it on the way from the root. Holds a reference to each of its blocks; the
 * least recently used go first when blocks run short, children before their parents.
 *
 * <p>Keys are rotated by position and by the base of the rotary embedding, which dynamic scaling
 * makes a matter of the prompt's length (model-spec 5.2): there is a tree for each base.
 */
final class PrefixCache {
  private static final class Node {
    final Map<PromptTokens, Node> before;
    final PromptTokens tokens;
    final int block;
    final Map<PromptTokens, Node> children = new HashMap<>();

    Node(Map<PromptTokens, Node> before, PromptTokens tokens, int block) {
      this.before = before;
      this.tokens = tokens;
      this.block = block;
    }
  }

  /** The start of a prompt that is here: {@code length} tokens, the last block maybe in part. */
  record Match(List<Integer> blocks, int length) {
    static final Match NOTHING = new Match(List.of(), 0);
  }

  private final BlockPool pool;
  private final int blockTokens;
  private final Map<Double, Map<PromptTokens, Node>> roots = new HashMap<>();
  private final LinkedHashSet<Node> leastRecentFirst = new LinkedHashSet<>();

  PrefixCache(BlockPool pool, int blockTokens) {
    this.pool = pool;
    this.blockTokens = blockTokens;
  }

  /**
   * The longest start of a prompt that is here, but for its last token, whose logits are wanted.
   * The blocks are not retained.
   */
  Match match(double ropeBase, PromptTokens prompt) {
    int limit = prompt.length() - 1;
    List<Node> path = new ArrayList<>();
    Map<PromptTokens, Node> children = roots.getOrDefault(ropeBase, Map.of());
    int length = 0;
    while (length + blockTokens <= limit) {
      Node next = children.get(prompt.slice(length, length + blockTokens));
      if (next == null) {
        break;
      }
      path.add(next);
      length += blockTokens;
      children = next.children;
    }
    Node longest = null;
    int most = 0;
    for (Node child : children.values()) {
      int common = Math.min(limit - length, prompt.commonFrom(length, child.tokens));
      if (common > most) {
        most = common;
        longest = child;
      }
    }
    if (longest != null) {
      path.add(longest);
    }
    touch(path);
    return new Match(path.stream().map(node -> node.block).toList(), length + most);
  }

  /** Parents last, so that children go before them. */
  private void touch(List<Node> path) {
    for (int i = path.size() - 1; i >= 0; i--) {
      leastRecentFirst.remove(path.get(i));
      leastRecentFirst.add(path.get(i));
    }
  }

  /**
   * Keeps what has been read of a prompt: whole blocks, and the last one in part when the prompt
   * ends there.
   *
   * @param blocks those of the sequence
   * @param length tokens of the prompt that have been read
   */
  void insert(double ropeBase, PromptTokens prompt, int[] blocks, int length) {
    int whole = length / blockTokens;
    Map<PromptTokens, Node> children = roots.computeIfAbsent(ropeBase, base -> new HashMap<>());
    List<Node> path = new ArrayList<>();
    for (int i = 0; i < whole; i++) {
      PromptTokens tokens = prompt.slice(i * blockTokens, (i + 1) * blockTokens);
      Node node = child(children, tokens, blocks[i]);
      path.add(node);
      children = node.children;
    }
    int rest = length - whole * blockTokens;
    if (rest > 0 && length == prompt.length() && !startsOne(children, prompt, length - rest)) {
      path.add(child(children, prompt.slice(length - rest, length), blocks[whole]));
    }
    touch(path);
  }

  private Node child(Map<PromptTokens, Node> children, PromptTokens tokens, int block) {
    return children.computeIfAbsent(
        tokens,
        key -> {
          pool.retain(block);
          return new Node(children, key, block);
        });
  }

  /** Whether a child starts with all that is left of the prompt. */
  private static boolean startsOne(
      Map<PromptTokens, Node> children, PromptTokens prompt, int from) {
    int rest = prompt.length() - from;
    return children.values().stream()
        .anyMatch(child -> prompt.commonFrom(from, child.tokens) == rest);
  }

  /** Blocks that nobody but this cache holds. */
  int unused() {
    return (int) leastRecentFirst.stream().filter(node -> !pool.shared(node.block)).count();
  }

  /** Gives back the least recently used block that can be; false when there is none. */
  boolean evict() {
    Iterator<Node> oldest = leastRecentFirst.iterator();
    while (oldest.hasNext()) {
      Node node = oldest.next();
      if (node.children.isEmpty() && !pool.shared(node.block)) {
        oldest.remove();
        node.before.remove(node.tokens);
        roots.values().removeIf(Map::isEmpty);
        pool.release(node.block);
        return true;
      }
    }
    return false;
  }
}
