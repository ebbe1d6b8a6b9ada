package io.xcomposer.model.generate;

import io.xcomposer.model.Errors;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.KvCache;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.DType;

/**
 * The memory of keys and values and who uses it: running sequences, and prompts that have been
 * read. Either of the size that the options give, or made for several requests like the largest so
 * far.
 */
final class KvStore implements AutoCloseable {
  /**
   * Without a size of its own the store holds as many requests like the largest so far, at least
   * one full context.
   */
  private static final int REQUESTS = 16;

  /** As long as that takes no more than this, or than one request needs. */
  private static final long BYTES = 4L << 30;

  private final Backend backend;
  private final XComposerConfig config;
  private final DType dtype;
  private final int fixedBlocks;
  private KvCache cache;
  private BlockPool pool;
  private PrefixCache prefixes;

  /**
   * An empty store; memory is taken when the first request needs it.
   *
   * @param fixedTokens tokens to hold over all sequences, 0 to follow the requests
   */
  KvStore(Backend backend, XComposerConfig config, DType dtype, int fixedTokens) {
    this.backend = backend;
    this.config = config;
    this.dtype = dtype;
    this.fixedBlocks = blocksOf(fixedTokens);
  }

  int blockTokens() {
    return backend.kvBlockTokens();
  }

  /** Blocks that hold so many tokens of one sequence. */
  int blocksOf(int tokens) {
    return (int) ((tokens + (long) blockTokens() - 1) / blockTokens());
  }

  /**
   * The most blocks that a request takes by itself.
   *
   * @throws io.xcomposer.model.XComposerException when the fixed size does not suffice
   */
  int mostBlocks(int promptTokens, int numBeams, int maxNewTokens) {
    // each beam: its new tokens, a copy of the last prompt block, and one while it is copied
    int needed = Math.toIntExact(blocksOf(promptTokens) + numBeams * (blocksOf(maxNewTokens) + 2L));
    if (fixedBlocks > 0 && needed > fixedBlocks) {
      throw Errors.memory(
          "the request needs room for "
              + (long) needed * blockTokens()
              + " tokens in the key/value cache of "
              + (long) fixedBlocks * blockTokens(),
          "give more kv-cache-tokens or memory, fewer beams, fewer new tokens or a smaller hd-num");
    }
    return needed;
  }

  /** Whether the store should be made anew, while nothing runs, before such a request is taken. */
  boolean shouldGrow(int mostBlocks) {
    int blocks = pool == null ? 0 : cache.blocks();
    return mostBlocks > blocks || (fixedBlocks == 0 && wanted(mostBlocks) >= 2L * blocks);
  }

  /** Makes the store large enough for such a request. No sequence may be open. */
  void grow(int mostBlocks) {
    close();
    int blocks = fixedBlocks > 0 ? fixedBlocks : wanted(mostBlocks);
    cache =
        backend.allocateKvCache(
            config.numHiddenLayers(), blocks, config.numKeyValueHeads(), config.headDim(), dtype);
    pool = new BlockPool(blocks);
    prefixes = new PrefixCache(pool, blockTokens());
  }

  private int wanted(int mostBlocks) {
    long blockBytes = Scheduler.kvBytesPerToken(config, dtype) * blockTokens();
    long several = Math.max((long) REQUESTS * mostBlocks, blocksOf(config.maxLength()));
    return Math.toIntExact(Math.max(mostBlocks, Math.min(several, BYTES / blockBytes)));
  }

  KvCache cache() {
    return cache;
  }

  PrefixCache prefixes() {
    return prefixes;
  }

  /** An empty sequence; the caller closes it. */
  KvSequence newSequence() {
    return new KvSequence(pool, blockTokens());
  }

  /** Makes sure that so many blocks are free; prompts that have been read make way. */
  boolean provide(int blocks) {
    if (pool.available() < blocks && pool.available() + prefixes.unused() < blocks) {
      return false;
    }
    while (pool.available() < blocks) {
      if (!prefixes.evict()) {
        return false;
      }
    }
    return true;
  }

  /** Blocks that sequences hold. */
  int blocksInUse() {
    return pool == null ? 0 : cache.blocks() - pool.available() - prefixes.unused();
  }

  @Override
  public void close() {
    if (cache != null) {
      cache.close();
      cache = null;
      pool = null;
      prefixes = null;
    }
  }
}
