package io.xcomposer.model.text;

import io.xcomposer.model.PromptStyle;
import java.util.Arrays;

/**
 * The text of an answer from its new ids (model-spec 7): decoded without special tokens and cut at
 * the first end-of-turn text; in the harness style decoded with special tokens, cut, stripped.
 */
public record AnswerText(Tokenizer tokenizer, PromptStyle style) {

  /** The text of all ids of an answer, end ids included or not. */
  public String of(int[] ids) {
    return switch (style) {
      case CHAT -> cut(tokenizer.decode(ids));
      case HARNESS -> WhiteSpace.strip(cut(tokenizer.decodeKeepSpecial(ids)));
    };
  }

  private static String cut(String text) {
    int end = text.indexOf(Tokenizer.END_OF_TURN);
    return end < 0 ? text : text.substring(0, end);
  }

  /**
   * The same text as it grows. In the harness style all of it comes at the end: a special token
   * there changes the text before it.
   */
  public TextStream stream() {
    return switch (style) {
      case CHAT -> new ChatTextStream(tokenizer);
      case HARNESS -> new WholeText();
    };
  }

  private final class WholeText implements TextStream {
    private int[] ids = new int[64];
    private int count;

    @Override
    public String push(int id) {
      if (count == ids.length) {
        ids = Arrays.copyOf(ids, 2 * count);
      }
      ids[count++] = id;
      return "";
    }

    @Override
    public String finish() {
      return of(Arrays.copyOf(ids, count));
    }
  }
}
