package io.xcomposer.model.text;

import io.xcomposer.model.text.SentencePieceModel.Piece;
import io.xcomposer.model.text.SentencePieceModel.PieceType;
import java.nio.charset.StandardCharsets;
import java.util.HashMap;
import java.util.Map;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * Byte-pair encoding of a stretch of text (model-spec 6). User-defined pieces are cut out first,
 * the longest at each place, and never merge. What is left starts as single characters; always the
 * pair whose joined piece has the highest score merges, the leftmost among equals. A character
 * without a piece becomes its UTF-8 bytes; an unused piece is taken apart again along its merges.
 *
 * <p>Time is O(n log n) for n characters. Immutable and thread-safe.
 */
final class BpeEncoder {
  /** Turn markers and spare markers: in plain text they stay characters. */
  private static final Pattern MARKER = Pattern.compile("\\[UNUSED_TOKEN_\\d+]");

  private static final int NONE = LiteralTrie.NONE;

  private final SentencePieceModel model;
  private final Map<String, Integer> textPieces = new HashMap<>();
  private final LiteralTrie userDefined = new LiteralTrie();
  private final boolean[] marker;
  private final int[] rank;

  BpeEncoder(SentencePieceModel model) {
    this.model = model;
    this.marker = new boolean[model.size()];
    for (int id = 0; id < model.size(); id++) {
      Piece piece = model.piece(id);
      switch (piece.type()) {
        case NORMAL, UNUSED -> textPieces.put(piece.text(), id);
        case USER_DEFINED -> {
          textPieces.put(piece.text(), id);
          userDefined.add(piece.text(), id);
          marker[id] = MARKER.matcher(piece.text()).matches();
        }
        case UNKNOWN, CONTROL, BYTE -> {
          // never matched inside text
        }
      }
    }
    this.rank = ranks(model);
  }

  /** Places of the scores from the highest down; equal scores share one. */
  private static int[] ranks(SentencePieceModel model) {
    int[] byScore =
        IntStream.range(0, model.size())
            .boxed()
            .sorted((a, b) -> Float.compare(model.piece(b).score(), model.piece(a).score()))
            .mapToInt(Integer::intValue)
            .toArray();
    int[] rank = new int[model.size()];
    for (int i = 1; i < byScore.length; i++) {
      boolean same = model.piece(byScore[i]).score() == model.piece(byScore[i - 1]).score();
      rank[byScore[i]] = rank[byScore[i - 1]] + (same ? 0 : 1);
    }
    return rank;
  }

  /**
   * Encodes a part of a text whose spaces are U+2581 and whose surrogates are paired.
   *
   * @param escaped as long as {@code marks}
   * @param marks says where turn markers have their meaning
   */
  void encode(String escaped, MarkedText marks, int from, int to, IntStream.Builder ids) {
    if (from < to) {
      new Merge(escaped, marks, from, to).run(ids);
    }
  }

  /**
   * One stretch while it is merged. Symbols are numbered by the order of their starts; a symbol
   * that was merged into its left neighbour is no longer linked.
   */
  private final class Merge {
    private final String text;
    private final MarkedText marks;
    private final int[] start;
    private final int[] next;
    private final int[] previous;

    /** The piece that a symbol and its right neighbour would become, or NONE. */
    private final int[] joined;

    private final boolean[] frozen;
    private int symbols;

    private final MergeAgenda agenda = new MergeAgenda();

    /** Of an unused piece: characters of its left part in the last pair that could make it. */
    private final Map<Integer, Integer> leftPart = new HashMap<>();

    Merge(String text, MarkedText marks, int from, int to) {
      this.text = text;
      this.marks = marks;
      int capacity = to - from;
      this.start = new int[capacity + 1];
      this.next = new int[capacity];
      this.previous = new int[capacity];
      this.joined = new int[capacity];
      this.frozen = new boolean[capacity];
      split(from, to);
    }

    private void split(int from, int to) {
      int position = from;
      while (position < to) {
        int symbolStart = position;
        int literal =
            userDefined.match(text, position, to, (id, end) -> isAllowed(id, symbolStart, end));
        start[symbols] = position;
        frozen[symbols] = literal != NONE;
        position +=
            literal != NONE
                ? model.piece(literal).text().length()
                : Character.charCount(text.codePointAt(position));
        previous[symbols] = symbols - 1;
        next[symbols] = position < to ? symbols + 1 : NONE;
        symbols++;
      }
      start[symbols] = to;
    }

    private boolean isAllowed(int id, int from, int to) {
      return !marker[id] || marks.meansSpecial(from, to);
    }

    void run(IntStream.Builder ids) {
      for (int symbol = 0; symbol < symbols; symbol++) {
        considerPair(symbol);
      }
      while (!agenda.isEmpty()) {
        int bestRank = agenda.bestRank();
        int symbol = agenda.bestSymbol();
        agenda.removeBest();
        // an entry is stale when its pair is gone or has become another piece
        if (joined[symbol] != NONE && rank[joined[symbol]] == bestRank) {
          mergeWithNext(symbol);
        }
      }
      for (int symbol = 0; symbol != NONE; symbol = next[symbol]) {
        emit(start[symbol], end(symbol), ids);
      }
    }

    private void mergeWithNext(int symbol) {
      int swallowed = next[symbol];
      next[symbol] = next[swallowed];
      if (next[symbol] != NONE) {
        previous[next[symbol]] = symbol;
      }
      joined[swallowed] = NONE;
      if (previous[symbol] != NONE) {
        considerPair(previous[symbol]);
      }
      considerPair(symbol);
    }

    private void considerPair(int symbol) {
      joined[symbol] = pieceOfPair(symbol);
      if (joined[symbol] != NONE) {
        agenda.add(rank[joined[symbol]], symbol);
        if (model.piece(joined[symbol]).type() == PieceType.UNUSED) {
          leftPart.put(joined[symbol], end(symbol) - start[symbol]);
        }
      }
    }

    private int pieceOfPair(int symbol) {
      int right = next[symbol];
      if (right == NONE || frozen[symbol] || frozen[right]) {
        return NONE;
      }
      int from = start[symbol];
      int to = end(right);
      if (to - from > model.longestPiece()) {
        return NONE;
      }
      int id = textPieces.getOrDefault(text.substring(from, to), NONE);
      return id != NONE && isAllowed(id, from, to) ? id : NONE;
    }

    /** End of a symbol that is still linked. */
    private int end(int symbol) {
      return next[symbol] == NONE ? start[symbols] : start[next[symbol]];
    }

    private void emit(int from, int to, IntStream.Builder ids) {
      String symbol = text.substring(from, to);
      int id = textPieces.getOrDefault(symbol, NONE);
      if (id == NONE) {
        for (byte b : symbol.getBytes(StandardCharsets.UTF_8)) {
          ids.add(model.byteId(b & 0xff));
        }
        return;
      }
      Integer left = leftPart.get(id);
      if (left == null) {
        ids.add(id);
      } else {
        emit(from, from + left, ids);
        emit(from + left, to, ids);
      }
    }
  }
}
