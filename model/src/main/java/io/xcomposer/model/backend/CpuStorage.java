package io.xcomposer.model.backend;

import io.xcomposer.kernels.XcKernels;
import io.xcomposer.model.tensor.Storage;

/** Aligned memory of the process, outside the heap. */
final class CpuStorage implements Storage {
  private final CpuKernels.Owned memory;
  private final long bytes;

  CpuStorage(CpuKernels kernels, long bytes) {
    // An empty tensor has an address too.
    long size = Math.max(1, bytes);
    long[] out = new long[1];
    CpuKernels.check("allocate", XcKernels.allocate(kernels.context(), out, size));
    this.memory = kernels.own(out[0], (context, address) -> XcKernels.free(context, address, size));
    this.bytes = bytes;
  }

  @Override
  public long address() {
    return memory.address();
  }

  @Override
  public long bytes() {
    return bytes;
  }

  @Override
  public void close() {
    memory.close();
  }
}
