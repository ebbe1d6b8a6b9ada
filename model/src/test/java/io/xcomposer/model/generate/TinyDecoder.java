package io.xcomposer.model.generate;

import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.Backends;
import io.xcomposer.model.checkpoint.Checkpoint;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.text.Prompt;
import io.xcomposer.model.weights.WeightLoader;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Timeout;

/** The tiny checkpoint's decoder, without images. The timeout guards against hangs. */
@Timeout(120)
abstract class TinyDecoder {
  static final Path CHECKPOINT =
      Path.of(System.getProperty("xcomposer.root"), "golden", "checkpoint");
  static final int NEW_TOKENS = 6;
  static final Set<Integer> NEVER_ENDS = Set.of();

  final WatchedBackend watched = new WatchedBackend(Backends.open("cpu", 1));
  final Backend backend = watched.backend();
  final int blockTokens = backend.kvBlockTokens();
  final Workspace workspace = new Workspace(bytes -> backend.allocate(DType.U8, Shape.of(bytes)));
  final Checkpoint checkpoint = Checkpoint.open(CHECKPOINT);
  final WeightLoader weights = new WeightLoader(checkpoint, backend, DType.F32);
  InternLM2Model model;
  final List<Scheduler> opened = new ArrayList<>();

  TinyDecoder() {
    model = new InternLM2Model(backend, checkpoint.config(), weights);
  }

  Scheduler scheduler(int kvCacheTokens) {
    Scheduler scheduler = new Scheduler(backend, model, workspace, DType.F32, kvCacheTokens);
    opened.add(scheduler);
    return scheduler;
  }

  @AfterEach
  void close() {
    opened.forEach(Scheduler::close);
    model.close();
    workspace.close();
    weights.close();
    checkpoint.close();
    backend.close();
  }

  /** Ids that are random but for the start, which prompts of one topic share. */
  static int[] prompt(int topic, int shared, int length) {
    int[] ids = new SplittableRandom(topic).ints(length, 300, 1300).toArray();
    SplittableRandom own = new SplittableRandom(31L * (31L * topic + length) + shared);
    for (int i = shared; i < length; i++) {
      ids[i] = own.nextInt(300, 1300);
    }
    return ids;
  }

  static GenerationTask task(
      int[] ids,
      GenerationOptions options,
      IntConsumer onToken,
      BooleanSupplier stopped,
      StageObserver observer) {
    Prompt prompt = new Prompt(List.of(new Prompt.Segment.Text(ids)), false, ids);
    return new GenerationTask(
        prompt, List.of(), List.of(), options, NEVER_ENDS, onToken, stopped, observer);
  }

  static GenerationTask task(int[] ids, GenerationOptions options) {
    return task(ids, options, id -> {}, () -> false, StageObserver.NONE);
  }

  static GenerationTask greedy(int[] ids) {
    return task(ids, GenerationOptions.greedy(NEW_TOKENS));
  }

  static void run(Scheduler scheduler) {
    while (!scheduler.idle()) {
      scheduler.step();
    }
  }

  static Generated answer(Scheduler scheduler, GenerationTask task) {
    CompletableFuture<Generated> future = scheduler.submit(task);
    run(scheduler);
    return future.join();
  }
}
