package io.xcomposer.model.text;

import io.xcomposer.model.text.SentencePieceModel.Piece;
import io.xcomposer.model.text.SentencePieceModel.PieceType;

/**
 * Joins pieces to text (model-spec 6): U+2581 becomes a space, control pieces vanish, a run of byte
 * pieces is UTF-8, in which each byte that cannot be decoded becomes one U+FFFD, as does an id
 * without a piece. Takes one id at a time; bytes wait only while they may still become a character.
 */
final class PieceDecoder {
  private static final int LONGEST_CHARACTER = 4;
  private static final char REPLACEMENT = '\uFFFD';

  private final SentencePieceModel model;
  private final int[] pending = new int[LONGEST_CHARACTER];
  private int pendingCount;

  PieceDecoder(SentencePieceModel model) {
    this.model = model;
  }

  /** Appends to {@code text} what is known once {@code id} has come. */
  void push(int id, StringBuilder text) {
    if (id < 0 || id >= model.size()) {
      finish(text);
      text.append(REPLACEMENT);
      return;
    }
    Piece piece = model.piece(id);
    if (piece.type() == PieceType.BYTE) {
      pending[pendingCount++] = model.byteOf(id);
      drain(text);
      return;
    }
    finish(text);
    if (piece.type() != PieceType.CONTROL) {
      text.append(piece.text().replace(SentencePieceModel.SPACE_SYMBOL, ' '));
    }
  }

  /** Appends what is left at the end of the ids. */
  void finish(StringBuilder text) {
    while (pendingCount > 0) {
      text.append(REPLACEMENT);
      dropPending(1);
      drain(text);
    }
  }

  /** Decodes from the front until the bytes are used up or wait for more. */
  private void drain(StringBuilder text) {
    while (pendingCount > 0) {
      int length = characterLength(pending[0]);
      if (length == 0 || !mayBecomeCharacter(length)) {
        text.append(REPLACEMENT);
        dropPending(1);
      } else if (length <= pendingCount) {
        text.appendCodePoint(codePoint(length));
        dropPending(length);
      } else {
        return;
      }
    }
  }

  private void dropPending(int count) {
    pendingCount -= count;
    System.arraycopy(pending, count, pending, 0, pendingCount);
  }

  /** Bytes of the character that starts with {@code lead}; 0 when none can. */
  private static int characterLength(int lead) {
    if (lead < 0x80) {
      return 1;
    }
    if (lead >= 0xC2 && lead < 0xE0) {
      return 2;
    }
    if (lead >= 0xE0 && lead < 0xF0) {
      return 3;
    }
    return lead >= 0xF0 && lead < 0xF5 ? 4 : 0;
  }

  /** False when a byte that is there already rules the character out (Unicode, table 3-7). */
  private boolean mayBecomeCharacter(int length) {
    for (int i = 1; i < Math.min(length, pendingCount); i++) {
      int low = 0x80;
      int high = 0xBF;
      if (i == 1) {
        switch (pending[0]) {
          case 0xE0 -> low = 0xA0;
          case 0xED -> high = 0x9F;
          case 0xF0 -> low = 0x90;
          case 0xF4 -> high = 0x8F;
          default -> {
            // any trail byte
          }
        }
      }
      if (pending[i] < low || pending[i] > high) {
        return false;
      }
    }
    return true;
  }

  private int codePoint(int length) {
    if (length == 1) {
      return pending[0];
    }
    int value = pending[0] & (0xFF >> (length + 1));
    for (int i = 1; i < length; i++) {
      value = value << 6 | (pending[i] & 0x3F);
    }
    return value;
  }
}
