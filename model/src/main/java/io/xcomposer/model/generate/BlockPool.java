package io.xcomposer.model.generate;

import io.xcomposer.model.Errors;
import java.util.ArrayDeque;

/** Who uses which block of the key/value cache: free blocks and reference counts. */
public final class BlockPool {
  private final int[] references;
  private final ArrayDeque<Integer> free = new ArrayDeque<>();

  public BlockPool(int blocks) {
    references = new int[blocks];
    for (int block = 0; block < blocks; block++) {
      free.add(block);
    }
  }

  /**
   * A free block, with one reference.
   *
   * @throws io.xcomposer.model.XComposerException when there is none
   */
  int allocate() {
    Integer block = free.poll();
    if (block == null) {
      throw Errors.memory(
          "all " + references.length + " blocks of the key/value cache are in use",
          "give more kv-cache-tokens or memory, fewer beams or fewer new tokens");
    }
    references[block] = 1;
    return block;
  }

  void retain(int block) {
    if (references[block] == 0) {
      throw new IllegalStateException("block " + block + " is free and cannot be shared");
    }
    references[block]++;
  }

  void release(int block) {
    if (references[block] == 0) {
      throw new IllegalStateException("block " + block + " is released twice");
    }
    if (--references[block] == 0) {
      free.push(block); // used again first: memory that was never touched stays so
    }
  }

  boolean shared(int block) {
    return references[block] > 1;
  }

  /** Blocks that nobody uses. */
  public int available() {
    return free.size();
  }
}
