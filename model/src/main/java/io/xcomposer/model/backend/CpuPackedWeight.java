package io.xcomposer.model.backend;

import io.xcomposer.kernels.XcKernels;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;

/** A weight in panels of output columns; {@code xc_kernels.h} and {@code context.h} say how. */
final class CpuPackedWeight implements PackedWeight {
  /** Source bytes read at a time. */
  private static final long PIECE_BYTES = 32L << 20;

  /** Rows of a piece are a multiple of this where there is room: whole panels. */
  private static final long PANEL = 64;

  private final long out;
  private final long in;
  private final DType dtype;
  private final Tensor bias;
  private final CpuKernels.Owned weight;

  /**
   * @param bias (out) F32 or null
   */
  CpuPackedWeight(CpuKernels kernels, WeightSource source, Tensor bias, DType dtype) {
    this.out = source.out();
    this.in = source.in();
    this.dtype = dtype;
    this.bias = bias;
    long[] address = new long[1];
    CpuKernels.check(
        "pack",
        XcKernels.weightCreate(kernels.context(), address, out, in, CpuKernels.code(dtype)));
    this.weight = kernels.own(address[0], XcKernels::weightFree);
    try {
      fill(kernels, source);
    } catch (RuntimeException | Error e) {
      weight.close();
      throw e;
    }
  }

  private void fill(CpuKernels kernels, WeightSource source) {
    long rowBytes = Math.multiplyExact(in, source.dtype().bytes());
    long rows = Math.max(1, PIECE_BYTES / rowBytes);
    rows = rows < PANEL ? rows : rows / PANEL * PANEL;
    for (long first = 0; first < out; first += rows) {
      long count = Math.min(rows, out - first);
      ByteBuffer piece = source.rows(first, count);
      if (!piece.isDirect() || piece.remaining() < count * rowBytes) {
        throw new IllegalArgumentException(
            "pack: rows "
                + first
                + " + "
                + count
                + " need a direct buffer of "
                + count * rowBytes
                + " bytes, got "
                + piece);
      }
      CpuKernels.check(
          "pack",
          XcKernels.weightPack(
              kernels.context(),
              weight.address(),
              piece,
              CpuKernels.code(source.dtype()),
              first,
              count));
    }
  }

  long address() {
    return weight.address();
  }

  /** Address of the bias, 0 without one. */
  long biasAddress() {
    return bias == null ? 0 : bias.address();
  }

  @Override
  public long out() {
    return out;
  }

  @Override
  public long in() {
    return in;
  }

  @Override
  public DType dtype() {
    return dtype;
  }

  @Override
  public long bytes() {
    return XcKernels.weightBytes(weight.address());
  }

  @Override
  public void close() {
    weight.close();
  }
}
