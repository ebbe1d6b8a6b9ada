package io.xcomposer.model.generate;

import io.xcomposer.model.Answer.Confidence;
import io.xcomposer.model.Answer.FinishReason;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.SequenceBatch;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.decoder.RowRange;
import io.xcomposer.model.decoder.Step;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import io.xcomposer.model.text.Prompt;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CancellationException;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * Runs one prompt to its answer: prefill in chunks, then a decode step a token, all beams together.
 * Not thread-safe: it belongs to the engine's thread.
 */
public final class Generator implements AutoCloseable {
  /** Rows of a prefill chunk: enough for the GEMMs, bounded activations. */
  private static final int PREFILL_CHUNK = 1024;

  private final Backend backend;
  private final InternLM2Model model;
  private final Workspace workspace;
  private final KvStore kvStore;

  /**
   * A generator with a cache of its own.
   *
   * @param kvDtype type of keys and values
   * @param kvCacheTokens fixed size of the cache, 0 to follow the requests
   */
  public Generator(
      Backend backend,
      InternLM2Model model,
      Workspace workspace,
      DType kvDtype,
      int kvCacheTokens) {
    this.backend = backend;
    this.model = model;
    this.workspace = workspace;
    this.kvStore = new KvStore(backend, model.config(), kvDtype, kvCacheTokens);
  }

  /**
   * What to answer.
   *
   * @param imageTokens (T, C) of each image of the prompt
   * @param eosIds ids that end the answer
   * @param onToken gets each id of an answer without beams as it is chosen
   * @param stopped asked between steps; once true the task ends with a {@link
   *     CancellationException}
   */
  public record Task(
      Prompt prompt,
      List<Tensor> imageTokens,
      GenerationOptions options,
      Set<Integer> eosIds,
      IntConsumer onToken,
      BooleanSupplier stopped) {

    private void requireWanted() {
      if (stopped.getAsBoolean()) {
        throw new CancellationException("the request is no longer wanted");
      }
    }
  }

  /**
   * What was answered.
   *
   * @param tokenIds new ids (model-spec 8)
   * @param score beam score, NaN without beams
   * @param confidence in {@code tokenIds}
   * @param prefillSeconds time until the first logits
   * @param generateSeconds time of all further steps
   */
  public record Generated(
      int[] tokenIds,
      FinishReason finishReason,
      double score,
      Confidence confidence,
      double prefillSeconds,
      double generateSeconds) {}

  /** Answers a task. */
  public Generated generate(Task task, StageObserver observer) {
    GenerationOptions options = task.options();
    PromptEmbedder embedder = new PromptEmbedder(backend, model, task.prompt(), task.imageTokens());
    kvStore.reserve(embedder.length(), options.numBeams(), options.maxNewTokens());
    Search search = search(task);
    List<KvSequence> rows = new ArrayList<>(List.of(kvStore.newSequence()));
    try (Workspace.Scope scope = workspace.open()) {
      long vocabulary = model.config().vocabSize();
      Tensor logits = scope.take(DType.F32, options.numBeams(), vocabulary);

      long start = System.nanoTime();
      prefill(logits.rows(0, 1), rows.get(0), embedder, task, observer);
      Search.Continuation next = search.advance(logits.rows(0, 1));
      double prefillSeconds = secondsSince(start);

      start = System.nanoTime();
      while (next != null) {
        task.requireWanted();
        follow(rows, next.parents());
        Tensor stepLogits = logits.rows(0, rows.size());
        decode(stepLogits, rows, next.tokens());
        next = search.advance(stepLogits);
      }
      Search.Result found = search.result();
      return new Generated(
          found.tokenIds(),
          found.finishReason(),
          found.score(),
          found.confidence(),
          prefillSeconds,
          secondsSince(start));
    } finally {
      rows.forEach(KvSequence::close);
    }
  }

  private Search search(Task task) {
    GenerationOptions options = task.options();
    LibrarySequence start = LibrarySequence.startingWith(task.prompt().libraryIds());
    if (options.numBeams() > 1) {
      int eos = model.config().eosTokenId();
      return new BeamSearch(backend, start, options, task.eosIds(), eos);
    }
    TokenChoice choice =
        options.sampling() == null
            ? new GreedyChoice(backend)
            : new SampledChoice(backend, options.sampling());
    return new SingleSearch(
        start,
        new LogitsProcessor(backend, options.repetitionPenalty()),
        choice,
        task.eosIds(),
        options.maxNewTokens(),
        task.onToken());
  }

  /** The whole prompt into the cache; logits (1, V) of its last position. */
  private void prefill(
      Tensor logits,
      KvSequence sequence,
      PromptEmbedder embedder,
      Task task,
      StageObserver observer) {
    int length = embedder.length();
    long width = model.config().hiddenSize();
    for (int from = 0; from < length; from += PREFILL_CHUNK) {
      task.requireWanted();
      int count = Math.min(PREFILL_CHUNK, length - from);
      try (Workspace.Scope scope = workspace.open()) {
        Tensor x = scope.take(backend.activationDtype(), count, width);
        List<RowRange> imageRows = embedder.embed(x, from);
        observer.stage("input_embeddings", x);
        sequence.extend(count, backend, kvStore.cache());
        Step step = new Step(batch(List.of(sequence), count), imageRows, length);
        model.forward(x, step, kvStore.cache(), workspace, observer);
        if (from + count == length) {
          model.logits(logits, x.rows(count - 1, 1));
          observer.stage("logits_last", logits);
        }
      }
    }
  }

  /** One token for each row; logits (R, V). */
  private void decode(Tensor logits, List<KvSequence> rows, int[] tokens) {
    try (Workspace.Scope scope = workspace.open()) {
      Tensor x = scope.take(backend.activationDtype(), rows.size(), model.config().hiddenSize());
      model.embed(x, tokens);
      rows.forEach(row -> row.extend(1, backend, kvStore.cache()));
      int longest = rows.stream().mapToInt(KvSequence::length).max().orElseThrow();
      Step step = new Step(batch(rows, 1), List.of(), longest);
      model.forward(x, step, kvStore.cache(), workspace, StageObserver.NONE);
      model.logits(logits, x);
    }
  }

  /** Makes row i the continuation of what was row {@code parents[i]}. */
  private static void follow(List<KvSequence> rows, int[] parents) {
    List<KvSequence> before = List.copyOf(rows);
    rows.clear();
    for (int parent : parents) {
      rows.add(before.get(parent).fork());
    }
    before.forEach(KvSequence::close);
  }

  private static SequenceBatch batch(List<KvSequence> sequences, int rowsEach) {
    int count = sequences.size();
    int[] rowStart = new int[count + 1];
    Arrays.setAll(rowStart, i -> i * rowsEach);
    return new SequenceBatch(
        rowStart,
        sequences.stream().mapToInt(KvSequence::length).toArray(),
        sequences.stream().map(KvSequence::blockTable).toArray(int[][]::new));
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  @Override
  public void close() {
    kvStore.close();
  }
}
