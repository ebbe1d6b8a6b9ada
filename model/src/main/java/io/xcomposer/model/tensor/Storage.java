package io.xcomposer.model.tensor;

/**
 * A block of memory on a backend's device. The backend that allocated it knows how to read it; who
 * called {@code allocate} owns it and closes it. Closing twice is harmless.
 */
public interface Storage extends AutoCloseable {
  /** Address on the device. Meaningful to the backend only. */
  long address();

  /** Size in bytes. */
  long bytes();

  @Override
  void close();
}
