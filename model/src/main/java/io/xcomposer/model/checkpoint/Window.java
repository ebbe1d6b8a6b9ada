package io.xcomposer.model.checkpoint;

import java.lang.reflect.Field;
import java.lang.reflect.Method;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Direct memory that is given back when closed, not when the collector finds it: mapped pages of a
 * file or a buffer of gathered rows.
 *
 * <p>The collector runs too seldom for this. Packing fills memory outside the heap, so a 17 GB
 * checkpoint could be mapped whole before the first collection, and all its pages would count as
 * resident. JDK 17 has no public call to unmap; {@code Unsafe.invokeCleaner} of the supported
 * module {@code jdk.unsupported} is what remains. It is reached by reflection, because the compiler
 * warns of each direct use and that warning can't be switched off.
 */
final class Window implements AutoCloseable {
  private static final Object UNSAFE;
  private static final Method INVOKE_CLEANER;

  static {
    try {
      Class<?> unsafe = Class.forName("sun.misc.Unsafe");
      Field instance = unsafe.getDeclaredField("theUnsafe");
      instance.setAccessible(true);
      UNSAFE = instance.get(null);
      INVOKE_CLEANER = unsafe.getMethod("invokeCleaner", ByteBuffer.class);
    } catch (ReflectiveOperationException e) {
      throw new ExceptionInInitializerError(e);
    }
  }

  private ByteBuffer bytes;

  private Window(ByteBuffer bytes) {
    this.bytes = bytes.order(ByteOrder.LITTLE_ENDIAN);
  }

  /** Takes over a direct buffer that is neither slice nor duplicate. */
  static Window owning(ByteBuffer direct) {
    return new Window(direct);
  }

  static Window allocate(int length) {
    return new Window(ByteBuffer.allocateDirect(length));
  }

  /** The memory, little-endian, from its first byte; valid until this is closed. */
  ByteBuffer bytes() {
    if (bytes == null) {
      throw new IllegalStateException("the window is closed");
    }
    return bytes;
  }

  @Override
  public void close() {
    ByteBuffer gone = bytes;
    bytes = null;
    if (gone != null) {
      try {
        INVOKE_CLEANER.invoke(UNSAFE, gone);
      } catch (ReflectiveOperationException e) {
        throw new IllegalStateException("cannot give a window's memory back", e);
      }
    }
  }
}
