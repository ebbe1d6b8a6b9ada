package io.xcomposer.model.text;

/**
 * Streams a chat answer. Three things hold text back: bytes that may still become a character,
 * spaces and letters that the clean-up may still change, and the start of what may become the
 * end-of-turn text.
 */
final class ChatTextStream implements TextStream {
  private static final String END = Tokenizer.END_OF_TURN;

  private final Tokenizer tokenizer;
  private final PieceDecoder pieces;

  /** Decoded, not yet cleaned up. */
  private final StringBuilder decoded = new StringBuilder();

  /** Cleaned up, not yet given out. */
  private final StringBuilder clean = new StringBuilder();

  private boolean ended;

  ChatTextStream(Tokenizer tokenizer) {
    this.tokenizer = tokenizer;
    this.pieces = tokenizer.pieceDecoder();
  }

  @Override
  public String push(int id) {
    if (ended || tokenizer.isSpecial(id)) {
      return "";
    }
    pieces.push(id, decoded);
    cleanUp(CleanUp.stablePrefix(decoded));
    return take(clean.length() - startOfEnd());
  }

  @Override
  public String finish() {
    if (ended) {
      return "";
    }
    pieces.finish(decoded);
    cleanUp(decoded.length());
    return take(clean.length());
  }

  private void cleanUp(int length) {
    clean.append(CleanUp.of(decoded.substring(0, length)));
    decoded.delete(0, length);
  }

  /** Characters at the end of {@link #clean} that the end-of-turn text may start with. */
  private int startOfEnd() {
    int length = Math.min(END.length() - 1, clean.length());
    while (!END.startsWith(clean.substring(clean.length() - length))) {
      length--;
    }
    return length;
  }

  private String take(int length) {
    int end = clean.indexOf(END);
    ended = end >= 0;
    String text = clean.substring(0, ended ? end : length);
    clean.delete(0, text.length());
    return text;
  }
}
