package io.xcomposer.model;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.Backends;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Storage;
import io.xcomposer.model.tensor.Tensor;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;
import java.util.concurrent.atomic.AtomicInteger;

/** The CPU backend, with a count of the tensors that are open. */
final class CountingMemory {
  private final Backend cpu = Backends.open("cpu", 1);
  private final AtomicInteger open = new AtomicInteger();

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

  private Object call(Method method, Object[] arguments) throws Throwable {
    if (method.getName().equals("allocate")) {
      Tensor tensor = cpu.allocate((DType) arguments[0], (Shape) arguments[1]);
      return Tensor.owning(new Counted(tensor, open), tensor.dtype(), tensor.shape());
    }
    try {
      return method.invoke(cpu, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }

  private static final class Counted implements Storage {
    private final Tensor tensor;
    private final AtomicInteger open;
    private boolean closed;

    Counted(Tensor tensor, AtomicInteger open) {
      this.tensor = tensor;
      this.open = open;
      open.incrementAndGet();
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
        tensor.close();
      }
    }
  }
}
