package io.xcomposer.spark.engine;

import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Iterator;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engines of this process: one for each checkpoint and set of engine options, shared by all
 * task slots.
 *
 * <p>The one singleton of the project. Spark makes task objects anew for every task and has no
 * place of its own for what belongs to an executor, while a model must be loaded once per executor.
 *
 * <p>An engine is opened by the first {@link #acquire}. It stays open when its last lease is
 * closed, because the next task wants it; it is closed when an engine with other options is asked
 * for, by {@link #closeIdle}, and when the process ends.
 */
public final class ExecutorEngine {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorEngine.class);
  private static final ExecutorEngine PROCESS = new ExecutorEngine();

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(PROCESS::closeAll, "xcomposer-engine-shutdown"));
  }

  private record Key(String checkpoint, EngineOptions options) {}

  private static final class Shared {
    private final Engine engine;
    private int leases;

    Shared(Engine engine) {
      this.engine = engine;
    }
  }

  /** The right to use an engine until closed. Closing twice is harmless. */
  public final class Lease implements AutoCloseable {
    private final Shared shared;
    private boolean closed;

    private Lease(Shared shared) {
      this.shared = shared;
    }

    public Engine engine() {
      return shared.engine;
    }

    @Override
    public void close() {
      synchronized (ExecutorEngine.this) {
        if (!closed) {
          closed = true;
          shared.leases--;
        }
      }
    }
  }

  private final Map<Key, Shared> engines = new HashMap<>();

  ExecutorEngine() {}

  /** The engines of this process. */
  public static ExecutorEngine ofThisProcess() {
    return PROCESS;
  }

  /**
   * An engine for these options, opened by {@code opener} if there is none yet. Other callers wait
   * meanwhile.
   *
   * @throws io.xcomposer.model.XComposerException when it cannot be opened; the next call tries
   *     again
   */
  public synchronized Lease acquire(String checkpoint, EngineOptions options, EngineOpener opener) {
    Key key = new Key(checkpoint, options);
    Shared shared = engines.get(key);
    if (shared == null) {
      closeIdle();
      NativesFolder.prepare();
      LOG.info("Opening {} with {}", checkpoint, options);
      shared = new Shared(opener.open(Path.of(checkpoint), options));
      engines.put(key, shared);
    }
    shared.leases++;
    return new Lease(shared);
  }

  /** Closes the engines that nobody holds. */
  public synchronized void closeIdle() {
    Iterator<Shared> all = engines.values().iterator();
    while (all.hasNext()) {
      Shared shared = all.next();
      if (shared.leases == 0) {
        all.remove();
        shared.engine.close();
      }
    }
  }

  private synchronized void closeAll() {
    engines.values().forEach(shared -> shared.engine.close());
    engines.clear();
  }
}
