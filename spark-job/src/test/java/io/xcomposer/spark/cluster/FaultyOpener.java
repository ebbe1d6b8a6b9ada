package io.xcomposer.spark.cluster;

import io.xcomposer.model.Answer;
import io.xcomposer.model.Engine;
import io.xcomposer.model.EngineOptions;
import io.xcomposer.model.Errors;
import io.xcomposer.model.Request;
import io.xcomposer.spark.engine.CheckpointEngine;
import io.xcomposer.spark.engine.EngineOpener;
import java.io.File;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;

/**
 * The real engine, with a fault in the first executor that opens one: {@code FAULT=device} fails
 * its third request as a broken device does, {@code FAULT=slow} keeps each answer back for some
 * seconds. Which executor was first is a file in the folder {@code FAULT_FOLDER}.
 */
public final class FaultyOpener implements EngineOpener {
  private static final long serialVersionUID = 1L;

  @Override
  public void check(Path checkpoint) {
    new CheckpointEngine().check(checkpoint);
  }

  @Override
  public String fingerprint(Path checkpoint) {
    return new CheckpointEngine().fingerprint(checkpoint);
  }

  @Override
  public Engine open(Path checkpoint, EngineOptions options) {
    Engine engine = Engine.open(checkpoint, options);
    File first = new File(System.getenv("FAULT_FOLDER"), System.getenv("FAULT"));
    try {
      return first.createNewFile() ? new Faulty(engine, System.getenv("FAULT")) : engine;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static final class Faulty implements Engine {
    private static final int FAILING_REQUEST = 3;
    private static final long SLOW_SECONDS = 4;

    private final Engine engine;
    private final boolean slow;
    private int requests;

    Faulty(Engine engine, String fault) {
      this.engine = engine;
      this.slow = fault.equals("slow");
    }

    @Override
    public synchronized CompletableFuture<Answer> submit(Request request, Consumer<String> onText) {
      if (slow) {
        Executor later = CompletableFuture.delayedExecutor(SLOW_SECONDS, TimeUnit.SECONDS);
        return engine.submit(request, onText).thenApplyAsync(answer -> answer, later);
      }
      return ++requests == FAILING_REQUEST
          ? CompletableFuture.failedFuture(
              Errors.device("injected: the device fell off the bus", "try again", null))
          : engine.submit(request, onText);
    }

    @Override
    public void close() {
      engine.close();
    }
  }
}
