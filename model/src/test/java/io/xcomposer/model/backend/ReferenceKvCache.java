package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import java.util.Arrays;

/**
 * Keys and values as floats, [layer][block, token of the block, key/value head, D]; of BF16 each is
 * rounded to the nearest bf16 when stored. Slots that nobody wrote hold NaN.
 */
final class ReferenceKvCache implements KvCache {
  static final int BLOCK_TOKENS = 16;

  private final int blocks;
  private final int kvHeads;
  private final int headDim;
  private final DType dtype;
  private final float[][] keys;
  private final float[][] values;
  private boolean closed;

  ReferenceKvCache(int layers, int blocks, int kvHeads, int headDim, DType dtype) {
    this.blocks = blocks;
    this.kvHeads = kvHeads;
    this.headDim = headDim;
    this.dtype = dtype;
    int size = Math.multiplyExact(blocks, elementsPerBlock());
    this.keys = new float[layers][size];
    this.values = new float[layers][size];
    for (int layer = 0; layer < layers; layer++) {
      Arrays.fill(keys[layer], Float.NaN);
      Arrays.fill(values[layer], Float.NaN);
    }
  }

  float[] keys(int layer) {
    return keys[layer];
  }

  float[] values(int layer) {
    return values[layer];
  }

  /** Where the D elements of a head begin for the token at {@code position} of a sequence. */
  int offset(int[] blockTable, int position, int kvHead) {
    int slot = blockTable[position / BLOCK_TOKENS] * BLOCK_TOKENS + position % BLOCK_TOKENS;
    return (slot * kvHeads + kvHead) * headDim;
  }

  /** What the cache keeps of {@code element}. */
  float stored(float element) {
    return dtype == DType.BF16 ? FloatFormats.roundToBf16(element) : element;
  }

  void copyBlock(int from, int to) {
    for (int layer = 0; layer < keys.length; layer++) {
      copyBlock(keys[layer], from, to);
      copyBlock(values[layer], from, to);
    }
  }

  private void copyBlock(float[] elements, int from, int to) {
    int size = elementsPerBlock();
    System.arraycopy(elements, from * size, elements, to * size, size);
  }

  private int elementsPerBlock() {
    return BLOCK_TOKENS * kvHeads * headDim;
  }

  int kvHeads() {
    return kvHeads;
  }

  int headDim() {
    return headDim;
  }

  boolean closed() {
    return closed;
  }

  @Override
  public int layers() {
    return keys.length;
  }

  @Override
  public int blocks() {
    return blocks;
  }

  @Override
  public long bytesPerBlock() {
    return 2L * layers() * elementsPerBlock() * dtype.bytes();
  }

  @Override
  public void close() {
    closed = true;
  }
}
