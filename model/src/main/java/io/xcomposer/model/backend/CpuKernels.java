package io.xcomposer.model.backend;

import io.xcomposer.kernels.NativeLibrary;
import io.xcomposer.kernels.XcKernels;
import io.xcomposer.model.Errors;
import io.xcomposer.model.tensor.DType;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A context of the native kernels and all that was made with it: memory, weights and caches that
 * are still open when the context closes are freed with it.
 */
final class CpuKernels implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(CpuKernels.class);

  /** Frees one native thing by its address. */
  interface Release {
    void free(long context, long address);
  }

  private final long context;
  private final Set<Owned> owned = new LinkedHashSet<>();
  private boolean open = true;

  private CpuKernels(long context) {
    this.context = context;
  }

  /**
   * @param isa code path, an {@code xc_isa} of the header; 0 lets the machine decide
   */
  static CpuKernels open(int threads, int isa) {
    requireLibrary();
    long[] out = new long[1];
    int status = XcKernels.contextCreate(out, threads, isa);
    if (status == XcKernels.UNSUPPORTED) {
      throw Errors.device(
          "this processor does not run the code path " + Isa.ofCode(isa),
          "take one of " + supported(),
          null);
    }
    if (status != XcKernels.OK) {
      throw Errors.option("threads", threads, "as many threads as the machine can start");
    }
    return new CpuKernels(out[0]);
  }

  /** The code paths that this machine runs. */
  static Set<Isa> supported() {
    requireLibrary();
    Set<Isa> isas = EnumSet.noneOf(Isa.class);
    for (Isa isa : Isa.values()) {
      if (XcKernels.isaSupported(isa.code()) != 0) {
        isas.add(isa);
      }
    }
    return isas;
  }

  private static void requireLibrary() {
    NativeLibrary.load()
        .ifPresent(
            cause -> {
              throw Errors.device(
                  "the native library of the CPU kernels cannot be loaded: " + cause.getMessage(),
                  "use Linux on x86-64 or aarch64 with the jar built for it, and a writable folder "
                      + "for org.bytedeco.javacpp.cachedir",
                  cause);
            });
  }

  /** The context's address for a call. */
  long context() {
    if (!open) {
      throw new IllegalStateException("the backend is closed");
    }
    return context;
  }

  Isa isa() {
    return Isa.ofCode(XcKernels.contextIsa(context()));
  }

  /** Turns the status of a call into an exception that starts with the operation's name. */
  static void check(String operation, int status) {
    if (status == XcKernels.OK) {
      return;
    }
    String message = operation + ": " + XcKernels.lastError();
    if (status == XcKernels.OUT_OF_MEMORY) {
      throw Errors.memory(message, "give the process more memory, or ask for less at a time");
    }
    throw new IllegalArgumentException(message);
  }

  static int code(DType dtype) {
    return switch (dtype) {
      case F32 -> XcKernels.F32;
      case F16 -> XcKernels.F16;
      case BF16 -> XcKernels.BF16;
      case INT8 -> XcKernels.INT8;
      case INT4 -> XcKernels.INT4;
      case I32, U8 -> throw new IllegalArgumentException("no kernel takes " + dtype);
    };
  }

  /** Takes over a native thing that {@code release} frees. */
  synchronized Owned own(long address, Release release) {
    Owned thing = new Owned(this, address, release);
    owned.add(thing);
    return thing;
  }

  private synchronized void release(Owned thing) {
    if (owned.remove(thing)) {
      thing.release.free(context, thing.address);
    }
  }

  @Override
  public synchronized void close() {
    if (!open) {
      return;
    }
    if (!owned.isEmpty()) {
      LOG.warn("{} tensors, weights or caches were open when the backend closed", owned.size());
    }
    List<Owned> left = new ArrayList<>(owned);
    left.forEach(Owned::close);
    open = false;
    XcKernels.contextFree(context);
  }

  /** A native thing with one owner. Closing twice is harmless, use after close is refused. */
  static final class Owned implements AutoCloseable {
    private final CpuKernels kernels;
    private final long address;
    private final Release release;
    private boolean open = true;

    private Owned(CpuKernels kernels, long address, Release release) {
      this.kernels = kernels;
      this.address = address;
      this.release = release;
    }

    long address() {
      if (!open) {
        throw new IllegalStateException("used after close");
      }
      return address;
    }

    @Override
    public void close() {
      open = false;
      kernels.release(this);
    }
  }
}
