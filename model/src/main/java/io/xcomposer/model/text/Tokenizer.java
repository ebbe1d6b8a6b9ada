package io.xcomposer.model.text;

import io.xcomposer.model.SpecialText;
import io.xcomposer.model.XComposerException;
import io.xcomposer.model.text.SpecialTokens.SpecialToken;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;

/**
 * Text to ids and back as the published slow tokenizer does it (model-spec 6): the names of special
 * tokens are cut out of the text first, each stretch between them is encoded by itself. Immutable
 * and thread-safe.
 */
public final class Tokenizer {
  /** Opens a turn of the conversation (model-spec 7). */
  public static final String START_OF_TURN = "[UNUSED_TOKEN_146]";

  /** Closes a turn of the conversation (model-spec 7). */
  public static final String END_OF_TURN = "[UNUSED_TOKEN_145]";

  private final SentencePieceModel model;
  private final BpeEncoder encoder;
  private final SpecialTokens special;
  private final List<SpecialToken> names;
  private final LiteralTrie nameTrie = new LiteralTrie();
  private final int endOfTurnId;
  private final int startOfTurnId;
  private final int longestToken;

  private Tokenizer(SentencePieceModel model, SpecialTokens special) {
    this.model = model;
    this.encoder = new BpeEncoder(model);
    this.special = special;
    this.names = List.copyOf(special.all());
    int longest = model.longestPiece();
    for (int i = 0; i < names.size(); i++) {
      nameTrie.add(names.get(i).text(), i);
      longest = Math.max(longest, names.get(i).text().length());
    }
    this.longestToken = longest;
    this.endOfTurnId = pieceId(END_OF_TURN);
    this.startOfTurnId = pieceId(START_OF_TURN);
  }

  /**
   * Reads {@code tokenizer.model}, {@code tokenizer_config.json}, {@code special_tokens_map.json}
   * and {@code added_tokens.json} of a checkpoint.
   *
   * @throws XComposerException when one is missing, broken, or asks for what this model does not do
   */
  public static Tokenizer read(Path directory) {
    SentencePieceModel model = SentencePieceModel.read(directory.resolve(SentencePieceModel.FILE));
    return new Tokenizer(model, SpecialTokens.read(directory, model));
  }

  private int pieceId(String piece) {
    return model
        .idOf(piece)
        .orElseThrow(() -> SentencePieceModel.broken("the piece " + piece + " is missing"));
  }

  /** The ids of a text, with the BOS that every call puts in front. */
  public int[] encode(String text) {
    return encode(MarkedText.of(text, SpecialText.AS_PUBLISHED));
  }

  /** The ids of a text without a BOS. */
  public int[] encodeWithoutBos(String text) {
    return encodeWithoutBos(MarkedText.of(text, SpecialText.AS_PUBLISHED));
  }

  /**
   * The ids of a text without a BOS.
   *
   * @param specialText NEUTRALIZED: neither a special id nor an {@code [UNUSED_TOKEN_n]} comes out,
   *     whatever the text says
   */
  public int[] encodeWithoutBos(String text, SpecialText specialText) {
    return encodeWithoutBos(MarkedText.of(text, specialText));
  }

  int[] encode(MarkedText text) {
    return IntStream.concat(IntStream.of(bosId()), IntStream.of(encodeWithoutBos(text))).toArray();
  }

  int[] encodeWithoutBos(MarkedText marked) {
    String text = escape(marked.text());
    IntStream.Builder ids = IntStream.builder();
    int stretch = 0;
    int position = 0;
    while (position < text.length()) {
      int from = position;
      int match =
          nameTrie.match(text, from, text.length(), (name, end) -> marked.meansSpecial(from, end));
      if (match == LiteralTrie.NONE) {
        position++;
        continue;
      }
      SpecialToken name = names.get(match);
      int end = name.trimsLeft() ? WhiteSpace.skipBackward(marked.text(), stretch, from) : from;
      encoder.encode(text, marked, stretch, end, ids);
      ids.add(name.id());
      position = from + name.text().length();
      stretch =
          name.trimsRight()
              ? WhiteSpace.skipForward(marked.text(), position, text.length())
              : position;
      position = stretch;
    }
    encoder.encode(text, marked, stretch, text.length(), ids);
    return ids.build().toArray();
  }

  /** Spaces as pieces have them; half a surrogate pair is no character and becomes U+FFFD. */
  private static String escape(String text) {
    char[] chars = text.toCharArray();
    for (int i = 0; i < chars.length; i++) {
      if (chars[i] == ' ') {
        chars[i] = SentencePieceModel.SPACE_SYMBOL;
      } else if (Character.isHighSurrogate(chars[i])
          && i + 1 < chars.length
          && Character.isLowSurrogate(chars[i + 1])) {
        i++;
      } else if (Character.isSurrogate(chars[i])) {
        chars[i] = '\uFFFD';
      }
    }
    return new String(chars);
  }

  /**
   * The text of ids, special ones left out, cleaned up. An id that no piece belongs to, as a model
   * with more rows than its tokenizer has pieces may give, is one U+FFFD.
   */
  public String decode(int[] ids) {
    StringBuilder text = new StringBuilder();
    PieceDecoder pieces = new PieceDecoder(model);
    for (int id : ids) {
      if (!special.isSpecial(id)) {
        pieces.push(id, text);
      }
    }
    pieces.finish(text);
    return CleanUp.of(text.toString());
  }

  /**
   * The text of ids with the names of the special ones, cleaned up. As published, a space stands
   * before each stretch that ends in a special id.
   */
  public String decodeKeepSpecial(int[] ids) {
    List<String> parts = new ArrayList<>();
    IntStream.Builder run = IntStream.builder();
    boolean runIsEmpty = true;
    for (int id : ids) {
      if (id < model.size() || !special.isSpecial(id)) {
        run.add(id);
        runIsEmpty = false;
        continue;
      }
      if (!runIsEmpty) {
        parts.add(decodeRun(run.build().toArray()));
        run = IntStream.builder();
        runIsEmpty = true;
      }
      parts.add(special.text(id));
    }
    if (!runIsEmpty) {
      parts.add(decodeRun(run.build().toArray()));
    }
    return String.join(" ", parts);
  }

  /** Ids between two added ones. */
  private String decodeRun(int[] ids) {
    StringBuilder text = new StringBuilder();
    StringBuilder stretch = new StringBuilder();
    PieceDecoder pieces = new PieceDecoder(model);
    boolean afterSpecial = false;
    for (int id : ids) {
      if (!special.isSpecial(id)) {
        pieces.push(id, stretch);
        afterSpecial = false;
        continue;
      }
      pieces.finish(stretch);
      text.append(afterSpecial ? "" : " ").append(stretch).append(special.text(id));
      stretch.setLength(0);
      afterSpecial = true;
    }
    pieces.finish(stretch);
    return CleanUp.of(text.append(stretch).toString());
  }

  boolean isSpecial(int id) {
    return special.isSpecial(id);
  }

  PieceDecoder pieceDecoder() {
    return new PieceDecoder(model);
  }

  /** How the file writes an id: its piece or its name. */
  String token(int id) {
    return special.isSpecial(id) ? special.text(id) : model.piece(id).text();
  }

  /** A count of tokens below which no text of so many UTF-16 units can stay. */
  int fewestTokens(int chars) {
    return (chars + longestToken - 1) / longestToken;
  }

  /** Pieces of {@code tokenizer.model}; added ids come after them and have no embedding. */
  public int pieces() {
    return model.size();
  }

  public int bosId() {
    return special.bos().id();
  }

  String bosText() {
    return special.bos().text();
  }

  public int eosId() {
    return special.eos().id();
  }

  /** The id of {@link #END_OF_TURN}, which ends an answer in the chat style (model-spec 8). */
  public int endOfTurnId() {
    return endOfTurnId;
  }

  public int startOfTurnId() {
    return startOfTurnId;
  }
}
