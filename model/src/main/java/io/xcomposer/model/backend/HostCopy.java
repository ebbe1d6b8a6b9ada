package io.xcomposer.model.backend;

import io.xcomposer.kernels.XcKernels;
import java.nio.ByteBuffer;

/** Copies between buffers of the JVM and memory outside the heap. */
final class HostCopy {
  /** Heap buffers go through a direct one of this size. */
  private static final int STAGING_BYTES = 1 << 20;

  private HostCopy() {}

  /** All remaining bytes of {@code from} to {@code address} on; {@code from} is read to its end. */
  static void upload(CpuKernels kernels, ByteBuffer from, long address) {
    for (long to = address; from.hasRemaining(); ) {
      ByteBuffer piece = from.isDirect() ? from.slice() : staged(from);
      int bytes = piece.remaining();
      CpuKernels.check("upload", XcKernels.copyFromHost(kernels.context(), to, piece, bytes));
      from.position(from.position() + bytes);
      to += bytes;
    }
  }

  /** The next bytes of a heap buffer in a direct one; positions stay. */
  private static ByteBuffer staged(ByteBuffer from) {
    int bytes = Math.min(STAGING_BYTES, from.remaining());
    return ByteBuffer.allocateDirect(bytes).put(from.slice().limit(bytes)).flip();
  }

  /** {@code count} bytes from {@code address} on to {@code target} from its position on. */
  static void download(CpuKernels kernels, long address, ByteBuffer target, int count) {
    for (int done = 0; done < count; ) {
      int bytes = target.isDirect() ? count - done : Math.min(STAGING_BYTES, count - done);
      ByteBuffer piece = target.isDirect() ? target.slice() : ByteBuffer.allocateDirect(bytes);
      CpuKernels.check(
          "download", XcKernels.copyToHost(kernels.context(), piece, address + done, bytes));
      if (target.isDirect()) {
        target.position(target.position() + bytes);
      } else {
        target.put(piece.limit(bytes));
      }
      done += bytes;
    }
  }
}
