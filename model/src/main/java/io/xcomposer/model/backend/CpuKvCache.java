package io.xcomposer.model.backend;

import io.xcomposer.kernels.XcKernels;
import io.xcomposer.model.tensor.DType;

/** Blocks of keys and values in memory; pages that were never written take none. */
final class CpuKvCache implements KvCache {
  private final int layers;
  private final int blocks;
  private final int kvHeads;
  private final int headDim;
  private final CpuKernels.Owned cache;

  CpuKvCache(CpuKernels kernels, int layers, int blocks, int kvHeads, int headDim, DType dtype) {
    long[] out = new long[1];
    CpuKernels.check(
        "allocateKvCache",
        XcKernels.kvCacheCreate(
            kernels.context(), out, layers, blocks, kvHeads, headDim, CpuKernels.code(dtype)));
    this.cache = kernels.own(out[0], XcKernels::kvCacheFree);
    this.layers = layers;
    this.blocks = blocks;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
  }

  long address() {
    return cache.address();
  }

  int kvHeads() {
    return kvHeads;
  }

  int headDim() {
    return headDim;
  }

  @Override
  public int layers() {
    return layers;
  }

  @Override
  public int blocks() {
    return blocks;
  }

  @Override
  public int blockTokens() {
    return XcKernels.BLOCK_TOKENS;
  }

  @Override
  public long bytesPerBlock() {
    return XcKernels.kvCacheBlockBytes(cache.address());
  }

  @Override
  public void close() {
    cache.close();
  }
}
