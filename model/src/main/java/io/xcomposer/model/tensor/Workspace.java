package io.xcomposer.model.tensor;

import java.util.ArrayList;
import java.util.List;
import java.util.function.LongFunction;

/**
 * Buffers of a step, handed out one behind the other and taken back together.
 *
 * <p>A step opens a {@link Scope}, takes tensors from it and closes it; scopes nest like calls. The
 * memory stays here for the next step, so that a running engine allocates nothing. It is as large
 * as the largest step so far. Not thread-safe: it belongs to the thread that runs the model.
 */
public final class Workspace implements AutoCloseable {
  /** Tensors start on cache lines. */
  private static final long ALIGNMENT = 64;

  /** Tensors that a step has open at once, at most. */
  private static final long MOST_TENSORS = 64;

  private static final long MIN_BLOCK_BYTES = 1 << 20;

  private final LongFunction<Tensor> allocateBytes;
  private final List<Tensor> blocks = new ArrayList<>();
  private int block;
  private long used;

  /**
   * An empty workspace.
   *
   * @param allocateBytes makes a U8 tensor of that many bytes, owned by this workspace
   */
  public Workspace(LongFunction<Tensor> allocateBytes) {
    this.allocateBytes = allocateBytes;
  }

  /** Makes room ahead for steps that take no more than so many bytes, rounded to cache lines. */
  public void reserve(long bytes) {
    blocks.add(allocateBytes.apply(Math.max(MIN_BLOCK_BYTES, bytes + MOST_TENSORS * ALIGNMENT)));
  }

  /** Where tensors are taken from, until it is closed. */
  public Scope open() {
    return new Scope(block, used);
  }

  /** Tensors of one call. */
  public final class Scope implements AutoCloseable {
    private final int startBlock;
    private final long startUsed;

    private Scope(int startBlock, long startUsed) {
      this.startBlock = startBlock;
      this.startUsed = startUsed;
    }

    /** A tensor, not initialised, valid until this scope is closed. */
    public Tensor take(DType dtype, long... sizes) {
      Shape shape = Shape.of(sizes);
      return next(Math.multiplyExact(shape.elements(), dtype.bytes())).window(0, dtype, shape);
    }

    @Override
    public void close() {
      block = startBlock;
      used = startUsed;
      if (block == 0 && used == 0 && blocks.size() > 1) {
        mergeBlocks();
      }
    }
  }

  private Tensor next(long bytes) {
    long rounded = Math.max(ALIGNMENT, (bytes + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT);
    while (block < blocks.size() && used + rounded > blocks.get(block).bytes()) {
      block++;
      used = 0;
    }
    if (block == blocks.size()) {
      blocks.add(allocateBytes.apply(Math.max(MIN_BLOCK_BYTES, rounded)));
    }
    Tensor taken = blocks.get(block).window(used, DType.U8, Shape.of(rounded));
    used += rounded;
    return taken;
  }

  /** All blocks become one, so that the next step of this size finds it in a single piece. */
  private void mergeBlocks() {
    long total = blocks.stream().mapToLong(Tensor::bytes).sum();
    close();
    blocks.add(allocateBytes.apply(total));
  }

  /** Bytes held at present. */
  public long bytes() {
    return blocks.stream().mapToLong(Tensor::bytes).sum();
  }

  @Override
  public void close() {
    blocks.forEach(Tensor::close);
    blocks.clear();
    block = 0;
    used = 0;
  }
}
