package io.xcomposer.model.backend;

/**
 * Keys and values of all layers in blocks of {@link Backend#kvBlockTokens} tokens, on the device.
 * Blocks are named by number, 0 to {@link #blocks} - 1; which sequence owns which block is known
 * elsewhere ({@code model.generate}). The layout inside a block is the backend's business.
 */
public interface KvCache extends AutoCloseable {
  int layers();

  int blocks();

  /** Bytes of one block over all layers, keys and values. */
  long bytesPerBlock();

  @Override
  void close();
}
