package io.xcomposer.kernels;

import java.util.Optional;
import org.bytedeco.javacpp.Loader;

/**
 * Loads the native library once, on the first question for it. A failure is kept: later questions
 * get the same cause, so that an error can name it where it matters.
 */
public final class NativeLibrary {
  private NativeLibrary() {}

  /** Loads the library if that has not been tried yet; empty when it is there, else why not. */
  public static Optional<Throwable> load() {
    return Attempt.FAILURE;
  }

  /** The JVM runs this once, under its own lock. */
  private static final class Attempt {
    static final Optional<Throwable> FAILURE = attempt();

    private static Optional<Throwable> attempt() {
      try {
        Loader.load(XcKernels.class);
        return Optional.empty();
      } catch (LinkageError | RuntimeException e) {
        return Optional.of(e);
      }
    }
  }
}
