package io.xcomposer.model.generate;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.KvCache;
import java.util.ArrayList;
import java.util.List;

/**
 * A sequence of tokens in the paged cache: its length and its blocks. Forks share blocks; a shared
 * block is copied before it is written to. Closing gives the blocks back.
 */
final class KvSequence implements AutoCloseable {
  private final BlockPool pool;
  private final int blockTokens;
  private final List<Integer> blocks = new ArrayList<>();
  private int length;

  KvSequence(BlockPool pool, int blockTokens) {
    this.pool = pool;
    this.blockTokens = blockTokens;
  }

  /** Tokens in the cache. */
  int length() {
    return length;
  }

  int[] blockTable() {
    return blocks.stream().mapToInt(Integer::intValue).toArray();
  }

  /** A sequence with the same past. */
  KvSequence fork() {
    KvSequence other = new KvSequence(pool, blockTokens);
    for (int block : blocks) {
      pool.retain(block);
      other.blocks.add(block);
    }
    other.length = length;
    return other;
  }

  /** Starts an empty sequence with blocks that others have written, which it then shares. */
  void share(PrefixCache.Match match) {
    match.blocks().forEach(pool::retain);
    blocks.addAll(match.blocks());
    length = match.length();
  }

  /** Blocks that {@link #extend} may have to take. */
  int blocksToExtend(int tokens) {
    int copies = length % blockTokens != 0 && pool.shared(blocks.get(blocks.size() - 1)) ? 1 : 0;
    return (length + tokens + blockTokens - 1) / blockTokens - blocks.size() + copies;
  }

  /** Makes room for {@code tokens} more, which the next step writes. */
  void extend(int tokens, Backend backend, KvCache cache) {
    if (length % blockTokens != 0) {
      unshareLast(backend, cache);
    }
    length += tokens;
    while (blocks.size() * (long) blockTokens < length) {
      blocks.add(pool.allocate());
    }
  }

  private void unshareLast(Backend backend, KvCache cache) {
    int last = blocks.get(blocks.size() - 1);
    if (pool.shared(last)) {
      int own = pool.allocate();
      backend.copyBlocks(cache, new int[] {last}, new int[] {own});
      blocks.set(blocks.size() - 1, own);
      pool.release(last);
    }
  }

  @Override
  public void close() {
    blocks.forEach(pool::release);
    blocks.clear();
    length = 0;
  }
}
