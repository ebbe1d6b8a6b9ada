package io.xcomposer.model.generate;

import io.xcomposer.model.backend.Backend;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.Proxy;

/** A backend whose calls a test sees before they happen, and may fail. */
final class WatchedBackend {
  /** Told of a call. */
  @FunctionalInterface
  interface Watcher {
    void called(String operation, Object[] arguments);
  }

  private final Backend real;
  private Watcher watcher = (operation, arguments) -> {};

  WatchedBackend(Backend real) {
    this.real = real;
  }

  void watch(Watcher other) {
    watcher = other;
  }

  Backend backend() {
    return (Backend)
        Proxy.newProxyInstance(
            Backend.class.getClassLoader(),
            new Class<?>[] {Backend.class},
            (proxy, method, arguments) -> call(method, arguments));
  }

  private Object call(Method method, Object[] arguments) throws Throwable {
    watcher.called(method.getName(), arguments);
    try {
      return method.invoke(real, arguments);
    } catch (InvocationTargetException e) {
      throw e.getCause();
    }
  }
}
