package io.xcomposer.model.generate;

import io.xcomposer.model.StageObserver;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.CompletableFuture;

/**
 * A task on its way through the {@link Scheduler}: waiting without memory, then reading its prompt,
 * then choosing a token a step. Put back to waiting it keeps what it has chosen, and reads prompt
 * and chosen tokens again when its turn comes.
 */
final class Sequence implements Comparable<Sequence> {
  /** A beam, or the one row of a search without beams: tokens behind the prompt, read or not. */
  private record Row(KvSequence sequence, int[] tokens) {}

  private static final int[] NO_TOKENS = {};

  private final long arrival;
  private final GenerationTask task;
  private final InternLM2Model model;
  private final PromptEmbedder embedder;
  private final PromptTokens promptTokens;
  private final Search search;
  private final int mostBlocks;
  private final CompletableFuture<Generated> future = new CompletableFuture<>();
  private final List<Row> rows = new ArrayList<>();

  /** Tokens of each row that goes on behind the prompt; null before the first are chosen. */
  private List<int[]> chosen;

  private int cachedPromptTokens = -1;
  private boolean choosing;
  private double prefillSeconds;
  private double generateSeconds;

  /**
   * A waiting task.
   *
   * @param arrival place in the order of all tasks
   * @param mostBlocks that it can ever take
   */
  Sequence(
      long arrival,
      GenerationTask task,
      InternLM2Model model,
      PromptEmbedder embedder,
      Search search,
      int mostBlocks) {
    this.arrival = arrival;
    this.task = task;
    this.model = model;
    this.embedder = embedder;
    this.search = search;
    this.mostBlocks = mostBlocks;
    promptTokens = PromptTokens.of(task.prompt(), task.imageKeys(), task.imageLengths());
  }

  @Override
  public int compareTo(Sequence other) {
    return Long.compare(arrival, other.arrival);
  }

  GenerationTask task() {
    return task;
  }

  /** Who sees the prompt being read, for the first time only. */
  StageObserver observer() {
    return chosen == null ? task.observer() : StageObserver.NONE;
  }

  PromptTokens promptTokens() {
    return promptTokens;
  }

  CompletableFuture<Generated> future() {
    return future;
  }

  int mostBlocks() {
    return mostBlocks;
  }

  double promptRopeBase() {
    return model.ropeBase(promptTokens.length());
  }

  /** Counts time that the model has worked for it. */
  void charge(double seconds) {
    if (choosing) {
      generateSeconds += seconds;
    } else {
      prefillSeconds += seconds;
    }
  }

  // ---- waiting and running

  /** Blocks that it still takes until it can choose its next token; it must run or be about to. */
  int blocksToGoOn(KvStore kvStore) {
    if (!readsPrompt()) {
      return rows.stream().mapToInt(row -> row.sequence().blocksToExtend(unread(row))).sum();
    }
    KvSequence prompt = rows.get(0).sequence();
    int blocks = prompt.blocksToExtend(promptTokens.length() - prompt.length());
    for (int[] tokens : chosen == null ? List.<int[]>of() : chosen) {
      blocks += kvStore.blocksOf(tokens.length) + 1;
    }
    return blocks;
  }

  /** Makes ready to run behind what is shared of its prompt. */
  void share(KvSequence empty, PrefixCache.Match shared) {
    empty.share(shared);
    rows.add(new Row(empty, NO_TOKENS));
  }

  /** Takes note that it runs now. */
  void start() {
    if (cachedPromptTokens < 0) {
      cachedPromptTokens = rows.get(0).sequence().length();
    }
  }

  /** Gives all blocks back. */
  void release() {
    rows.forEach(row -> row.sequence().close());
    rows.clear();
  }

  /** Whether the prompt, the same for all rows, is still being read. */
  boolean readsPrompt() {
    return rows.get(0).sequence().length() < promptTokens.length();
  }

  /** Tokens of the prompt that have been read. */
  int promptTokensRead() {
    return Math.min(rows.get(0).sequence().length(), promptTokens.length());
  }

  /** Whether each row has but its newest token to read. */
  boolean decodes() {
    return !readsPrompt() && rows.stream().allMatch(row -> unread(row) == 1);
  }

  private int unread(Row row) {
    return promptTokens.length() + row.tokens().length - row.sequence().length();
  }

  // ---- steps

  /** What to run next, in at most {@code room} rows unless it decodes. */
  List<Piece> next(int room) {
    if (readsPrompt()) {
      return room == 0 ? List.of() : List.of(promptPiece(room));
    }
    List<Piece> pieces = new ArrayList<>();
    if (decodes()) {
      rows.forEach(row -> pieces.add(tokenPiece(row, 1, true)));
      return pieces;
    }
    int left = room;
    for (Row row : rows) {
      // the newest tokens of all rows are read together, for their logits
      int count = Math.min(left, unread(row) - 1);
      if (count > 0) {
        Piece piece = tokenPiece(row, alike(row, count), false);
        pieces.add(piece);
        left -= piece.count();
      }
    }
    return pieces;
  }

  private Piece promptPiece(int room) {
    KvSequence sequence = rows.get(0).sequence();
    int from = sequence.length();
    int length = promptTokens.length();
    int count = Math.min(room, length - from);
    boolean wantsLogits = chosen == null && from + count == length;
    return new Piece(
        this, sequence, true, count, length, wantsLogits, x -> embedder.embed(x, from));
  }

  private Piece tokenPiece(Row row, int count, boolean wantsLogits) {
    int length = row.sequence().length();
    int from = length - promptTokens.length();
    int[] tokens = Arrays.copyOfRange(row.tokens(), from, from + count);
    return new Piece(
        this,
        row.sequence(),
        false,
        count,
        length + count,
        wantsLogits,
        x -> {
          model.embed(x, tokens);
          return List.of();
        });
  }

  /** How many of a row's next tokens were rotated alike when they were read for the first time. */
  private int alike(Row row, int most) {
    int first = row.sequence().length() + 1;
    double base = model.ropeBase(first);
    int count = 1;
    while (count < most && model.ropeBase(first + count) == base) {
      count++;
    }
    return count;
  }

  /** Takes note that a stretch of the prompt has been read, and keeps it for later prompts. */
  void hasReadPrompt(PrefixCache prefixes) {
    KvSequence prompt = rows.get(0).sequence();
    prefixes.insert(promptRopeBase(), promptTokens, prompt.blockTable(), prompt.length());
    if (!readsPrompt() && chosen != null) {
      rows.clear();
      chosen.forEach(tokens -> rows.add(new Row(prompt.fork(), tokens)));
      prompt.close();
    }
  }

  /**
   * Chooses the next tokens.
   *
   * @param logits (R, V) F32, a row for each row of this sequence; changed in place
   * @return whether there is more to do
   */
  boolean choose(Tensor logits) {
    choosing = true;
    Search.Continuation next = search.advance(logits);
    if (next == null) {
      return false;
    }
    List<Row> before = List.copyOf(rows);
    rows.clear();
    for (int i = 0; i < next.parents().length; i++) {
      Row parent = before.get(next.parents()[i]);
      rows.add(new Row(parent.sequence().fork(), with(parent.tokens(), next.tokens()[i])));
    }
    before.forEach(row -> row.sequence().close());
    chosen = rows.stream().map(Row::tokens).toList();
    return true;
  }

  private static int[] with(int[] tokens, int token) {
    int[] longer = Arrays.copyOf(tokens, tokens.length + 1);
    longer[tokens.length] = token;
    return longer;
  }

  /** The answer, once {@link #choose} has returned false. */
  Generated generated() {
    Search.Result found = search.result();
    return new Generated(
        found.tokenIds(),
        found.finishReason(),
        found.score(),
        found.confidence(),
        cachedPromptTokens,
        prefillSeconds,
        generateSeconds);
  }
}
