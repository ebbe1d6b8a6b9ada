package io.xcomposer.model.text;

import io.xcomposer.model.Errors;
import io.xcomposer.model.XComposerException;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * The pieces of a {@code tokenizer.model} (model-spec 6): a SentencePiece BPE model with byte
 * fallback, identity normaliser and no dummy prefix. Any other kind of model is refused, since it
 * would give other ids than these classes compute. Immutable.
 *
 * <p>Read by hand and not by a native SentencePiece: the file is untrusted, and the native reader
 * may end the whole process on a broken one.
 */
public final class SentencePieceModel {
  /** Name of the file within a checkpoint. */
  public static final String FILE = "tokenizer.model";

  /** What a space becomes inside pieces. */
  static final char SPACE_SYMBOL = '\u2581';

  static final int BYTE_VALUES = 256;

  private static final long MAX_FILE_BYTES = 64L << 20;
  private static final int MAX_PIECES = 1 << 20;
  private static final int MAX_PIECE_CHARS = 512;

  /** Kinds of pieces, in the order of their numbers in the file (1 to 6). */
  public enum PieceType {
    NORMAL,
    UNKNOWN,
    CONTROL,
    USER_DEFINED,
    UNUSED,
    BYTE
  }

  /**
   * A row of the piece table.
   *
   * @param text with U+2581 for a space
   * @param score finite; higher merges first
   */
  public record Piece(String text, float score, PieceType type) {
    private static final PieceType[] TYPES = PieceType.values();
  }

  private final List<Piece> pieces;
  private final Map<String, Integer> ids;
  private final int[] byteIds;
  private final int longestPiece;

  private SentencePieceModel(List<Piece> pieces) {
    this.pieces = List.copyOf(pieces);
    this.ids = new HashMap<>(pieces.size() * 2);
    this.byteIds = new int[BYTE_VALUES];
    Arrays.fill(byteIds, -1);
    int longest = 1;
    for (int id = 0; id < pieces.size(); id++) {
      Piece piece = pieces.get(id);
      Integer earlier = ids.put(piece.text(), id);
      if (earlier != null) {
        throw broken(
            "pieces %d and %d are both %s".formatted(earlier, id, Quoted.of(piece.text())));
      }
      if (piece.type() == PieceType.BYTE) {
        byteIds[byteValue(piece.text())] = id;
      } else {
        longest = Math.max(longest, piece.text().length());
      }
    }
    this.longestPiece = longest;
    requireOneUnknown();
    requireAllBytes();
  }

  /**
   * Reads a model file.
   *
   * @throws XComposerException when the file cannot be read, is no SentencePiece model, or one of
   *     another kind
   */
  public static SentencePieceModel read(Path file) {
    try {
      long size = Files.size(file);
      if (size > MAX_FILE_BYTES) {
        throw Errors.checkpoint(
            FILE,
            "has %d bytes, more than the limit of %d".formatted(size, MAX_FILE_BYTES),
            "give the SentencePiece model of the checkpoint");
      }
      return parse(Files.readAllBytes(file));
    } catch (IOException e) {
      throw Errors.checkpoint(
          FILE,
          "cannot be read from " + file.getParent(),
          "put the tokenizer.model of the checkpoint there, readable",
          e);
    }
  }

  /** {@link #read} from bytes in memory. */
  public static SentencePieceModel parse(byte[] bytes) {
    ProtobufReader model = new ProtobufReader(FILE, bytes);
    List<Piece> pieces = new ArrayList<>();
    ModelSettings settings = new ModelSettings();
    while (model.next()) {
      switch (model.field()) {
        case 1 -> {
          if (pieces.size() == MAX_PIECES) {
            throw broken("it has more than " + MAX_PIECES + " pieces");
          }
          pieces.add(piece(model.message(), pieces.size()));
        }
        case 2 -> settings.readTrainer(model.message());
        case 3 -> settings.readNormalizer(model.message());
        case 5 -> settings.readDenormalizer(model.message());
        default -> model.skip();
      }
    }
    if (pieces.isEmpty()) {
      throw broken("it has no pieces");
    }
    settings.requireSupported();
    return new SentencePieceModel(pieces);
  }

  private static Piece piece(ProtobufReader message, int id) {
    String text = "";
    float score = 0;
    long type = 1;
    while (message.next()) {
      switch (message.field()) {
        case 1 -> text = message.text();
        case 2 -> score = message.float32();
        case 3 -> type = message.number();
        default -> message.skip();
      }
    }
    if (text.isEmpty()) {
      throw message.broken("piece " + id + " is empty");
    }
    if (text.length() > MAX_PIECE_CHARS) {
      throw message.broken(
          "piece %d has %d characters, the limit is %d"
              .formatted(id, text.length(), MAX_PIECE_CHARS));
    }
    if (!Float.isFinite(score)) {
      throw message.broken("the score of piece " + id + " is " + score);
    }
    if (type < 1 || type > Piece.TYPES.length) {
      throw message.broken("the type of piece " + id + " is " + type);
    }
    return new Piece(text, score, Piece.TYPES[(int) type - 1]);
  }

  private static int byteValue(String piece) {
    if (piece.matches("<0x[0-9A-F]{2}>")) {
      return Integer.parseInt(piece.substring(3, 5), 16);
    }
    throw broken("byte piece " + Quoted.of(piece) + " is not like <0x0A>");
  }

  private void requireOneUnknown() {
    long count = pieces.stream().filter(piece -> piece.type() == PieceType.UNKNOWN).count();
    if (count != 1) {
      throw broken("it has %d unknown pieces and needs exactly one".formatted(count));
    }
  }

  private void requireAllBytes() {
    for (int value = 0; value < BYTE_VALUES; value++) {
      if (byteIds[value] < 0) {
        throw broken("the byte piece <0x%02X> is missing".formatted(value));
      }
    }
  }

  static XComposerException broken(String reason) {
    return Errors.checkpoint(
        FILE,
        reason,
        "give the SentencePiece model that belongs to InternLM-XComposer2-4KHD, unchanged");
  }

  /** Number of pieces: ids are 0 to this, exclusive. */
  public int size() {
    return pieces.size();
  }

  public Piece piece(int id) {
    return pieces.get(id);
  }

  /** The id of a piece by its text, of any type. */
  public OptionalInt idOf(String text) {
    Integer id = ids.get(text);
    return id == null ? OptionalInt.empty() : OptionalInt.of(id);
  }

  /** The id of the piece for a byte, 0 to 255. */
  int byteId(int value) {
    return byteIds[value];
  }

  /** The byte that a byte piece stands for. */
  int byteOf(int id) {
    return byteValue(pieces.get(id).text());
  }

  /** UTF-16 units of the longest piece. */
  int longestPiece() {
    return longestPiece;
  }
}
