package io.xcomposer.model;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.Backends;
import io.xcomposer.model.backend.KvCache;
import io.xcomposer.model.backend.PackedWeight;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Storage;
import io.xcomposer.model.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** The CPU backend, with a count of the tensors that are open and of the bytes that it gave. */
final class CountingMemory {
  private final Backend cpu = Backends.open("cpu", 1);
  private final AtomicInteger open = new AtomicInteger();
  private final AtomicLong bytes = new AtomicLong();
  private final AtomicLong mostBytes = new AtomicLong();

  Backend backend() {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> call(method, arguments));
  }

  int openTensors() {
    return open.get();
  }

  /**
   * The most bytes at a time: tensors, packed weights, and key/value caches of which none closes.
   */
  long mostBytes() {
    return mostBytes.get();
  }

  private void add(long more) {
    mostBytes.accumulateAndGet(bytes.addAndGet(more), Math::max);
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    if (method.getName().equals("allocate")) {
      Tensor tensor = cpu.allocate((DType) arguments[0], (Shape) arguments[1]);
      return Tensor.owning(new Counted(tensor), tensor.dtype(), tensor.shape());
    }
    try {
      Object result = method.invoke(cpu, arguments);
      if (result instanceof PackedWeight weight) {
        add(weight.bytes());
      } else if (result instanceof KvCache cache) {
        add(cache.blocks() * cache.bytesPerBlock());
      }
      return result;
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private final class Counted implements Storage {
    private final Tensor tensor;
    private boolean closed;

    Counted(Tensor tensor) {
      this.tensor = tensor;
      open.incrementAndGet();
      add(tensor.bytes());
    }

    @Override
    public long address() {
      return tensor.address();
    }

    @Override
    public long bytes() {
      return tensor.bytes();
    }

    @Override
    public void close() {
      if (!closed) {
        closed = true;
        open.decrementAndGet();
        add(-tensor.bytes());
        tensor.close();
      }
    }
  }
}
