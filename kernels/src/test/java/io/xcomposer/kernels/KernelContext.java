package io.xcomposer.kernels;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.ArrayList;
import java.util.List;

/** A context of a test, and memory that is freed with it. */
final class KernelContext implements AutoCloseable {
  private record Block(long address, long bytes) {}

  private final long address;
  private final List<Block> blocks = new ArrayList<>();

  KernelContext(int threads) {
    assertThat(NativeLibrary.load()).isEmpty();
    long[] out = new long[1];
    assertThat(XcKernels.contextCreate(out, threads, 0)).as("status").isZero();
    address = out[0];
  }

  long address() {
    return address;
  }

  /** Memory for {@code elements} floats, not initialised. */
  long floats(long elements) {
    long[] out = new long[1];
    assertThat(XcKernels.allocate(address, out, 4 * elements)).as("status").isZero();
    blocks.add(new Block(out[0], 4 * elements));
    return out[0];
  }

  @Override
  public void close() {
    for (Block block : blocks) {
      XcKernels.free(address, block.address(), block.bytes());
    }
    XcKernels.contextFree(address);
  }
}
