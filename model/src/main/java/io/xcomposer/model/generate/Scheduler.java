package io.xcomposer.model.generate;

import io.xcomposer.model.Errors;
import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.config.XComposerConfig;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import java.util.ArrayList;
import java.util.Collection;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import java.util.concurrent.CancellationException;
import java.util.concurrent.CompletableFuture;

/**
 * Runs all tasks together, a step at a time. Between steps tasks join and leave; in a step every
 * decoding row of every task, beams included, and a stretch of the prompts that are being read go
 * through the linear layers as one batch, while each sequence attends to its own pages. What a row
 * computes does not depend on the other rows, so an answer does not depend on what ran beside it.
 *
 * <p>Tasks are taken in the order of their arrival, when there are blocks for what they have to
 * read; one whose prompt starts like one that is being read right now lets that go first and shares
 * its blocks. When blocks run short, prompts kept for later make way, then the youngest running
 * task is put back to waiting. Not thread-safe: it belongs to the model's thread.
 */
public final class Scheduler implements AutoCloseable {
  /** Rows of prompts in a step: enough for the GEMMs, bounded activations. */
  private static final int PROMPT_ROWS = 1024;

  /** The same while others decode, who wait for the step. */
  private static final int PROMPT_ROWS_BESIDE_DECODING = 512;

  /** Beams of all tasks that run at once, which bounds the logits of a step. */
  private static final int DECODING_ROWS = 128;

  private final Backend backend;
  private final InternLM2Model model;
  private final Workspace workspace;
  private final KvStore kvStore;
  private final StepRunner stepRunner;
  private final TreeSet<Sequence> waiting = new TreeSet<>();
  private final TreeSet<Sequence> running = new TreeSet<>();
  private final SchedulerCounts counts = new SchedulerCounts();
  private long arrivals;

  /**
   * A scheduler with a cache of its own.
   *
   * @param kvDtype type of keys and values
   * @param kvCacheTokens fixed size of the cache, 0 to follow the requests
   */
  public Scheduler(
      Backend backend,
      InternLM2Model model,
      Workspace workspace,
      DType kvDtype,
      int kvCacheTokens) {
    this.backend = backend;
    this.model = model;
    this.workspace = workspace;
    this.kvStore = new KvStore(backend, model.config(), kvDtype, kvCacheTokens);
    this.stepRunner = new StepRunner(backend, model, workspace);
  }

  /** Bytes of keys and values of a token, over all layers. */
  public static long kvBytesPerToken(XComposerConfig config, DType kvDtype) {
    return 2L
        * config.numHiddenLayers()
        * config.numKeyValueHeads()
        * config.headDim()
        * kvDtype.bytes();
  }

  /** The most bytes that a step takes of the workspace. */
  public static long workspaceBytes(InternLM2Model model) {
    return model.workspaceBytes(PROMPT_ROWS + DECODING_ROWS, DECODING_ROWS);
  }

  /** Takes a task in; the future is completed during a {@link #step}. */
  public CompletableFuture<Generated> submit(GenerationTask task) {
    try {
      PromptEmbedder embedder =
          new PromptEmbedder(backend, model, task.prompt(), task.imageTokens());
      int blocks =
          kvStore.mostBlocks(
              embedder.length(), task.options().numBeams(), task.options().maxNewTokens());
      Search search = Search.of(task, backend, model.config().eosTokenId());
      Sequence sequence = new Sequence(arrivals++, task, model, embedder, search, blocks);
      waiting.add(sequence);
      return sequence.future();
    } catch (RuntimeException e) {
      return CompletableFuture.failedFuture(e);
    }
  }

  /** Whether there is nothing to do. */
  public boolean idle() {
    return waiting.isEmpty() && running.isEmpty();
  }

  /** Tasks that have not been started, or have been put back. */
  public int waiting() {
    return waiting.size();
  }

  /** Blocks that running tasks hold; prompts kept for later are not among them. */
  int blocksInUse() {
    return kvStore.blocksInUse();
  }

  /** What has been counted so far; may be read on any thread. */
  public SchedulerCounts counts() {
    return counts;
  }

  /** One step of all tasks that run, after those that can have joined. */
  public void step() {
    endUnwanted(waiting);
    endUnwanted(running);
    admit();
    Map<Double, List<Piece>> byRopeBase = new LinkedHashMap<>();
    for (Piece piece : plan()) {
      double base = model.ropeBase(piece.ropeLength());
      byRopeBase.computeIfAbsent(base, key -> new ArrayList<>()).add(piece);
    }
    for (List<Piece> pieces : byRopeBase.values()) {
      pieces.removeIf(piece -> !running.contains(piece.owner())); // failed with those before
      if (!pieces.isEmpty()) {
        run(pieces);
      }
    }
  }

  private void endUnwanted(Collection<Sequence> sequences) {
    for (Sequence sequence : List.copyOf(sequences)) {
      if (sequence.task().stopped().getAsBoolean()) {
        fail(sequence, new CancellationException("the request is no longer wanted"));
      }
    }
  }

  // ---- joining

  private void admit() {
    for (Sequence sequence : List.copyOf(waiting)) {
      if (!running.isEmpty() && decodingRows() + rowsOf(sequence) > DECODING_ROWS) {
        return;
      }
      if (kvStore.shouldGrow(sequence.mostBlocks())) {
        if (!running.isEmpty()) {
          return;
        }
        if (!grow(sequence)) {
          continue;
        }
      }
      PrefixCache.Match shared = shared(sequence);
      if (prefixIsBeingRead(sequence, shared.length())) {
        continue;
      }
      if (!start(sequence, shared)) {
        return;
      }
      waiting.remove(sequence);
      running.add(sequence);
    }
  }

  private boolean grow(Sequence sequence) {
    try {
      kvStore.grow(sequence.mostBlocks());
      return true;
    } catch (RuntimeException e) {
      fail(sequence, e);
      return false;
    }
  }

  private int decodingRows() {
    return running.stream().mapToInt(Scheduler::rowsOf).sum();
  }

  private static int rowsOf(Sequence sequence) {
    return sequence.task().options().numBeams();
  }

  private PrefixCache.Match shared(Sequence sequence) {
    return sequence.task().watched()
        ? PrefixCache.Match.NOTHING
        : kvStore.prefixes().match(sequence.promptRopeBase(), sequence.promptTokens());
  }

  /** Whether a running task is about to read a block or more that this one could then share. */
  private boolean prefixIsBeingRead(Sequence sequence, int alreadyShared) {
    if (sequence.task().watched()) {
      return false;
    }
    return running.stream()
        .filter(Sequence::readsPrompt)
        .filter(other -> other.promptRopeBase() == sequence.promptRopeBase())
        .mapToInt(
            other -> {
              int common = sequence.promptTokens().commonFrom(0, other.promptTokens());
              return other.promptTokensRead() < common ? common : 0;
            })
        .anyMatch(common -> common >= alreadyShared + kvStore.blockTokens());
  }

  /**
   * Starts a task if there are blocks for what it and those that run still have to read, and one
   * for each of these.
   */
  private boolean start(Sequence sequence, PrefixCache.Match shared) {
    sequence.share(kvStore.newSequence(), shared);
    int blocks = sequence.blocksToGoOn(kvStore) + running.size();
    for (Sequence other : running) {
      blocks += other.blocksToGoOn(kvStore);
    }
    if (!kvStore.provide(blocks) && !running.isEmpty()) {
      sequence.release();
      return false;
    }
    sequence.start();
    counts.started(sequence.promptTokens().length(), shared.length());
    return true;
  }

  // ---- a step

  private List<Piece> plan() {
    for (Sequence sequence : running) {
      if (sequence.task().watched() && sequence.readsPrompt()) {
        return extended(sequence, sequence.next(PROMPT_ROWS));
      }
    }
    boolean decoding = running.stream().anyMatch(Sequence::decodes);
    int room = decoding ? PROMPT_ROWS_BESIDE_DECODING : PROMPT_ROWS;
    List<Piece> pieces = new ArrayList<>();
    for (Sequence sequence : List.copyOf(running)) {
      if (running.contains(sequence)) { // not put back for an older one
        boolean decodes = sequence.decodes();
        List<Piece> next = extended(sequence, sequence.next(room));
        pieces.addAll(next);
        room -= decodes ? 0 : next.stream().mapToInt(Piece::count).sum();
      }
    }
    return pieces;
  }

  /** Makes room for the pieces in the cache, or puts the sequence back and returns none. */
  private List<Piece> extended(Sequence sequence, List<Piece> pieces) {
    int blocks =
        pieces.stream().mapToInt(piece -> piece.sequence().blocksToExtend(piece.count())).sum();
    while (!kvStore.provide(blocks)) {
      Sequence youngest = running.last();
      if (running.size() == 1) {
        fail(
            sequence,
            Errors.memory("the key/value cache is full", "give more kv-cache-tokens or memory"));
        return List.of();
      }
      putBack(youngest);
      if (youngest == sequence) {
        return List.of();
      }
    }
    pieces.forEach(piece -> piece.sequence().extend(piece.count(), backend, kvStore.cache()));
    return pieces;
  }

  private void putBack(Sequence sequence) {
    sequence.release();
    running.remove(sequence);
    waiting.add(sequence);
    counts.putBack();
  }

  private void run(List<Piece> pieces) {
    Map<Sequence, List<Piece>> byOwner = new LinkedHashMap<>();
    for (Piece piece : pieces) {
      byOwner.computeIfAbsent(piece.owner(), owner -> new ArrayList<>()).add(piece);
    }
    try (Workspace.Scope scope = workspace.open()) {
      long wanted = pieces.stream().filter(Piece::wantsLogits).count();
      Tensor logits = scope.take(DType.F32, wanted, model.config().vocabSize());
      long start = System.nanoTime();
      stepRunner.run(pieces, logits, kvStore, observer(pieces));
      charge(byOwner, secondsSince(start));
      int row = 0;
      for (List<Piece> own : byOwner.values()) {
        long count = own.stream().filter(Piece::wantsLogits).count();
        goOn(own.get(0), logits.rows(row, count));
        row += (int) count;
      }
    } catch (RuntimeException | Error e) {
      byOwner.keySet().forEach(sequence -> fail(sequence, e));
    }
  }

  /** A step is paid for by its rows, whoever's they are. */
  private void charge(Map<Sequence, List<Piece>> byOwner, double seconds) {
    int all = 0;
    for (List<Piece> own : byOwner.values()) {
      all += rows(own);
    }
    for (Map.Entry<Sequence, List<Piece>> each : byOwner.entrySet()) {
      each.getKey().charge(seconds * rows(each.getValue()) / all);
    }
    counts.step(all, seconds);
  }

  private static int rows(List<Piece> pieces) {
    return pieces.stream().mapToInt(Piece::count).sum();
  }

  /** The observer of a step of a watched prompt, which is alone in it. */
  private static StageObserver observer(List<Piece> pieces) {
    Piece first = pieces.get(0);
    return first.ofPrompt() ? first.owner().observer() : StageObserver.NONE;
  }

  /** What a task does with a step that it was in. */
  private void goOn(Piece piece, Tensor logits) {
    Sequence sequence = piece.owner();
    try {
      long start = System.nanoTime();
      if (piece.ofPrompt()) {
        sequence.hasReadPrompt(kvStore.prefixes());
      }
      boolean ended = logits.shape().size(0) > 0 && !sequence.choose(logits);
      double seconds = secondsSince(start);
      sequence.charge(seconds);
      counts.chose(seconds);
      if (ended) {
        leave(sequence);
        sequence.future().complete(sequence.generated());
      }
    } catch (RuntimeException | Error e) {
      fail(sequence, e);
    }
  }

  // ---- leaving

  private void leave(Sequence sequence) {
    waiting.remove(sequence);
    running.remove(sequence);
    sequence.release();
  }

  /** Whatever else goes wrong, who waits for the task is told. */
  private void fail(Sequence sequence, Throwable error) {
    try {
      leave(sequence);
    } catch (RuntimeException e) {
      error.addSuppressed(e);
    }
    sequence.future().completeExceptionally(error);
  }

  private static double secondsSince(long start) {
    return (System.nanoTime() - start) / 1e9;
  }

  /** Ends all tasks with an error. */
  public void failAll(Throwable error) {
    List.copyOf(waiting).forEach(sequence -> fail(sequence, error));
    List.copyOf(running).forEach(sequence -> fail(sequence, error));
  }

  @Override
  public void close() {
    running.forEach(Sequence::release);
    kvStore.close();
  }
}
