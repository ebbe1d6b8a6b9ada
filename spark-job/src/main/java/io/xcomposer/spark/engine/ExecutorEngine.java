package io.xcomposer.spark.engine;

import io.xcomposer.model.Engine;
import io.xcomposer.model.XComposerException;
import io.xcomposer.spark.quarantine.Presence;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.BooleanSupplier;
import org.apache.spark.TaskKilledException;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The engines of this process: one for each checkpoint and set of engine options, shared by all
 * task slots, and what these share beside it.
 *
 * <p>The one singleton of the project. Spark makes task objects anew for every task and has no
 * place of its own for what belongs to an executor, while a model must be loaded once per executor.
 *
 * <p>An engine is opened by the first {@link #acquire}, on a thread of its own: who waits for it
 * can be killed, and who has another engine is not held up. It stays open when its last lease is
 * closed, because the next task wants it; it is closed when an engine with other options is asked
 * for, by {@link #closeIdle}, when it has failed, and when the process ends.
 */
public final class ExecutorEngine {
  private static final Logger LOG = LoggerFactory.getLogger(ExecutorEngine.class);
  private static final ExecutorEngine PROCESS = new ExecutorEngine();

  /** How often a waiting task looks whether it has been killed. */
  private static final long KILL_CHECK_MILLIS = 200;

  static {
    Runtime.getRuntime()
        .addShutdownHook(new Thread(PROCESS::closeAll, "xcomposer-engine-shutdown"));
  }

  private record Opened(Engine engine, EngineReport report) {}

  /** An engine, or one that is being opened. Its fields are guarded by the outer instance. */
  private static final class Shared {
    private final EngineRequest request;
    private final CompletableFuture<Opened> opened = new CompletableFuture<>();
    private int leases;
    private boolean failed;
    private boolean lost;

    Shared(EngineRequest request) {
      this.request = request;
    }

    void closeEngine() {
      opened.thenAccept(open -> open.engine().close());
    }
  }

  /** Told of every engine that has been opened. */
  @FunctionalInterface
  public interface OpeningListener {
    void opened(EngineReport report);
  }

  /** Told of every error after which this process can do nothing more with its device. */
  @FunctionalInterface
  public interface LossListener {
    void lost(EngineReport report, XComposerException error);
  }

  /** The right to use an engine until closed. Closing twice is harmless. */
  public final class Lease implements AutoCloseable {
    private final Shared shared;
    private final Opened opened;
    private boolean closed;

    private Lease(Shared shared, Opened opened) {
      this.shared = shared;
      this.opened = opened;
    }

    public Engine engine() {
      return opened.engine();
    }

    public EngineReport report() {
      return opened.report();
    }

    /**
     * Says that the engine has failed: nobody gets it any more, and it is closed with its last
     * lease. The next {@link #acquire} opens another.
     */
    void engineFailed(XComposerException error) {
      retire(shared);
      if (error.endsProcess() && markLost(shared)) {
        LOG.error("{} is lost for this process", opened.report().device(), error);
        lossListeners.forEach(listener -> listener.lost(opened.report(), error));
      }
    }

    @Override
    public void close() {
      synchronized (ExecutorEngine.this) {
        if (closed) {
          return;
        }
        closed = true;
      }
      release(shared);
    }
  }

  private final Map<EngineRequest.Key, Shared> engines = new HashMap<>();
  private final AtomicInteger modelLoads = new AtomicInteger();
  private final EngineCounters counters = new EngineCounters();
  private final RowGate gate = new RowGate();
  private final Presence presence;
  private final List<OpeningListener> openingListeners = new CopyOnWriteArrayList<>();
  private final List<LossListener> lossListeners = new CopyOnWriteArrayList<>();

  ExecutorEngine() {
    this(new Presence());
  }

  ExecutorEngine(Presence presence) {
    this.presence = presence;
  }

  /** The engines of this process. */
  public static ExecutorEngine ofThisProcess() {
    return PROCESS;
  }

  /**
   * An engine, opened if there is none yet; waits meanwhile.
   *
   * @param killed ends the waiting
   * @throws io.xcomposer.model.XComposerException when it cannot be opened; all who wait are told,
   *     and the next call tries again
   * @throws TaskKilledException when killed or interrupted
   */
  public Lease acquire(EngineRequest request, BooleanSupplier killed) {
    Shared shared = join(request, 1);
    try {
      return new Lease(shared, await(shared.opened, killed));
    } catch (ExecutionException e) {
      retire(shared);
      release(shared);
      throw rethrown(e.getCause());
    } catch (RuntimeException e) {
      release(shared);
      throw e;
    }
  }

  /** Opens an engine ahead of the first task, which is told if that fails. Does not wait. */
  public void preload(EngineRequest request) {
    join(request, 0);
  }

  private synchronized Shared join(EngineRequest request, int leases) {
    Shared shared = engines.get(request.key());
    if (shared == null) {
      shared = new Shared(request);
      engines.put(request.key(), shared);
      Shared added = shared;
      Thread opening = new Thread(() -> open(added), "xcomposer-engine-open");
      opening.setDaemon(true);
      opening.start();
    }
    shared.leases += leases;
    return shared;
  }

  private void open(Shared shared) {
    try {
      closeIdle();
      NativesFolder.prepare();
      EngineRequest request = shared.request;
      ProcessIdentity process = ProcessIdentity.ofThisProcess();
      LOG.info(
          "Executor {} opens {} on {}",
          process.executorId(),
          request.checkpoint(),
          request.device());
      long start = System.nanoTime();
      Engine engine = request.open();
      EngineReport report =
          new EngineReport(
              process.executorId(),
              process.host(),
              request.device().name(),
              request.device().address().orElse(null),
              modelLoads.incrementAndGet(),
              (System.nanoTime() - start) / 1e9);
      LOG.info(
          "Executor {} has the model on {} after {} s: model load {} of this process; {}",
          report.executorId(),
          request.device(),
          report.openSeconds(),
          report.modelLoads(),
          request.options());
      shared.opened.complete(new Opened(engine, report));
      openingListeners.forEach(listener -> listener.opened(report));
    } catch (RuntimeException | Error e) {
      LOG.error("No engine for {} on {}", shared.request.checkpoint(), shared.request.device(), e);
      shared.opened.completeExceptionally(e);
    }
  }

  private static Opened await(CompletableFuture<Opened> opened, BooleanSupplier killed)
      throws ExecutionException {
    while (true) {
      try {
        return opened.get(KILL_CHECK_MILLIS, TimeUnit.MILLISECONDS);
      } catch (TimeoutException e) {
        if (killed.getAsBoolean()) {
          throw new TaskKilledException("killed while the model was loading");
        }
      } catch (InterruptedException e) {
        Thread.currentThread().interrupt();
        throw new TaskKilledException("interrupted while the model was loading");
      }
    }
  }

  private static RuntimeException rethrown(Throwable cause) {
    if (cause instanceof Error error) {
      throw error;
    }
    return cause instanceof RuntimeException known
        ? known
        : new IllegalStateException("the engine cannot be opened", cause);
  }

  /** Lets nobody have it any more. */
  private synchronized void retire(Shared shared) {
    engines.remove(shared.request.key(), shared);
    shared.failed = true;
  }

  /** False when that had been said before: every row in work fails of it. */
  private synchronized boolean markLost(Shared shared) {
    boolean first = !shared.lost;
    shared.lost = true;
    return first;
  }

  private void release(Shared shared) {
    boolean last;
    synchronized (this) {
      shared.leases--;
      last = shared.failed && shared.leases == 0;
    }
    if (last) {
      shared.closeEngine();
    }
  }

  /** Closes the engines that nobody holds. */
  public void closeIdle() {
    List<Shared> idle = new ArrayList<>();
    synchronized (this) {
      engines
          .values()
          .removeIf(
              shared ->
                  shared.leases == 0
                      && shared.opened.isDone()
                      && !shared.opened.isCompletedExceptionally()
                      && idle.add(shared));
    }
    idle.forEach(Shared::closeEngine);
  }

  private void closeAll() {
    List<Shared> all;
    synchronized (this) {
      all = List.copyOf(engines.values());
      engines.clear();
    }
    all.forEach(Shared::closeEngine);
  }

  /** What all tasks of this process have done. */
  public EngineCounters counters() {
    return counters;
  }

  /** Models that this process has loaded. */
  public int modelLoads() {
    return modelLoads.get();
  }

  /** Rows of all tasks that are in work now. */
  public int rowsInWork() {
    return gate.inside();
  }

  /** The devices of the engines that are open or being opened, sorted. */
  public synchronized List<String> devices() {
    return engines.values().stream()
        .map(shared -> shared.request.device().name())
        .distinct()
        .sorted()
        .toList();
  }

  /** Adds one that is told of engines to come. */
  public void onOpened(OpeningListener listener) {
    openingListeners.add(listener);
  }

  /** Adds one that is told when a device is lost for this process. */
  public void onLost(LossListener listener) {
    lossListeners.add(listener);
  }

  RowGate gate() {
    return gate;
  }

  Presence presence() {
    return presence;
  }
}
