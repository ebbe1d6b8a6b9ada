package io.xcomposer.model.generate;

import io.xcomposer.model.Errors;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.KvCache;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.tensor.DType;

/**
 * The memory of keys and values and who uses it. Either of the size that the options give, or as
 * large as the largest request so far has needed.
 */
final class KvStore implements AutoCloseable {
  private final Backend backend;
  private final XComposerConfig config;
  private final DType dtype;
  private final int fixedTokens;
  private KvCache cache;
  private BlockPool pool;

  /**
   * An empty store; memory is taken when the first request reserves it.
   *
   * @param fixedTokens tokens to hold over all sequences, 0 to follow the requests
   */
  KvStore(Backend backend, XComposerConfig config, DType dtype, int fixedTokens) {
    this.backend = backend;
    this.config = config;
    this.dtype = dtype;
    this.fixedTokens = fixedTokens;
  }

  /**
   * Makes sure that a prompt and its beams find room. No sequence may be open.
   *
   * @throws io.xcomposer.model.XComposerException when the fixed size does not suffice
   */
  void reserve(int promptTokens, int numBeams, int maxNewTokens) {
    int blockTokens = backend.kvBlockTokens();
    // each beam: its new tokens, a copy of the last prompt block, and one while it is copied
    long perBeam = ceilDiv(maxNewTokens, blockTokens) + 2L;
    long needed = ceilDiv(promptTokens, blockTokens) + numBeams * perBeam;
    long wanted = fixedTokens == 0 ? needed : ceilDiv(fixedTokens, blockTokens);
    if (needed > wanted) {
      throw Errors.memory(
          "the request needs room for "
              + needed * blockTokens
              + " tokens in the key/value cache of "
              + wanted * blockTokens,
          "give more kv-cache-tokens, fewer beams, fewer new tokens or a smaller hd-num");
    }
    if (cache == null || cache.blocks() < wanted) {
      close();
      allocate(Math.toIntExact(wanted));
    }
  }

  private void allocate(int blocks) {
    cache =
        backend.allocateKvCache(
            config.numHiddenLayers(), blocks, config.numKeyValueHeads(), config.headDim(), dtype);
    pool = new BlockPool(blocks);
  }

  private static int ceilDiv(int tokens, int blockTokens) {
    return (tokens + blockTokens - 1) / blockTokens;
  }

  KvCache cache() {
    return cache;
  }

  /** An empty sequence; the caller closes it. */
  KvSequence newSequence() {
    return new KvSequence(pool, backend.kvBlockTokens());
  }

  @Override
  public void close() {
    if (cache != null) {
      cache.close();
      cache = null;
      pool = null;
    }
  }
}
