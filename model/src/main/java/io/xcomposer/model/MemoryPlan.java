package io.xcomposer.model;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * How an engine's memory is divided. With a budget, what the weights and the buffers of a step
 * leave goes to keys and values, and to pages: a quarter of it, or what one page needs.
 *
 * @param kvCacheTokens as in {@link EngineOptions}
 * @param keptImageBytes image tokens that are kept while no request wants them
 * @param imageBytes all that pages may take: those in the tower, and image tokens
 */
record MemoryPlan(int kvCacheTokens, long keptImageBytes, long imageBytes) {
  /** Keys and values must hold this much of a context at least: a page and questions on it. */
  private static final int LEAST_KV_TOKENS = 4096;

  private static final long PART_OF_IMAGES = 4;
  private static final long MIB = 1 << 20;

  /**
   * What the model takes.
   *
   * @param weights bytes of all that was loaded
   * @param step the most bytes of buffers of a step
   * @param page bytes of a page within the default {@code hd_num}, on its way through the tower
   * @param kvToken bytes of the keys and values of a token
   * @param kvBlockTokens tokens of a block, in which they are handed out
   * @param maxLength the longest context
   */
  record Sizes(long weights, long step, long page, long kvToken, int kvBlockTokens, int maxLength) {

    long kvBytes(int tokens) {
      long blocks = (tokens + kvBlockTokens - 1L) / kvBlockTokens;
      return blocks * kvBlockTokens * kvToken;
    }
  }

  /** Without a budget: caches as large as they are given, and what requests take. */
  static MemoryPlan unbounded(EngineOptions options, long keptImageBytes) {
    return new MemoryPlan(options.kvCacheTokens(), keptImageBytes, Long.MAX_VALUE);
  }

  /**
   * Divides a budget.
   *
   * @throws XComposerException when it is too small, with what it would have to hold
   */
  static MemoryPlan within(EngineOptions options, Sizes sizes) {
    int fixedTokens = options.kvCacheTokens();
    int leastTokens = fixedTokens > 0 ? fixedTokens : Math.min(LEAST_KV_TOKENS, sizes.maxLength());
    long leastKv = sizes.kvBytes(leastTokens);
    Map<String, Long> least = new LinkedHashMap<>();
    least.put("the weights", sizes.weights());
    least.put("the buffers of a step", sizes.step());
    least.put("a page at hd-num " + Request.DEFAULT_HD_NUM, sizes.page());
    least.put("keys and values of " + leastTokens + " tokens", leastKv);
    requireEnough(options.memoryBytes(), least);
    long left = options.memoryBytes() - sizes.weights() - sizes.step();
    long most = left - leastKv;
    long images =
        fixedTokens > 0 ? most : Math.min(most, Math.max(sizes.page(), left / PART_OF_IMAGES));
    long blocks = (left - images) / (sizes.kvToken() * sizes.kvBlockTokens());
    long tokens = Math.min(blocks * sizes.kvBlockTokens(), Integer.MAX_VALUE / 2);
    return new MemoryPlan(fixedTokens > 0 ? fixedTokens : (int) tokens, images, images);
  }

  private static void requireEnough(long budget, Map<String, Long> least) {
    long sum = least.values().stream().mapToLong(Long::longValue).sum();
    if (sum > budget) {
      String parts =
          least.entrySet().stream()
              .map(part -> part.getKey() + " " + mebibytes(part.getValue()))
              .collect(Collectors.joining(", "));
      throw Errors.memory(
          "a memory budget of "
              + mebibytes(budget)
              + " is too small: "
              + parts
              + ", in all "
              + mebibytes(sum),
          "give memory of " + mebibytes(sum) + " or more, or a smaller dtype");
    }
  }

  /** Rounded up. */
  static String mebibytes(long bytes) {
    return (bytes + MIB - 1) / MIB + " MiB";
  }
}
