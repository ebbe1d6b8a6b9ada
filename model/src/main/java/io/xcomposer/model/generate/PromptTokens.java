package io.xcomposer.model.generate;

import io.xcomposer.model.text.Prompt;
import io.xcomposer.model.text.Prompt.Segment;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;

/**
 * What stands at each position of a stretch of a prompt, comparable between prompts: a text id, or
 * a place in an image of certain pixels. Where two prompts are equal from their start on, so are
 * their keys and values.
 */
final class PromptTokens {
  /** The text id, or the position within the image. */
  private final int[] ids;

  /** What the image is known by, null at text. */
  private final String[] images;

  private PromptTokens(int[] ids, String[] images) {
    this.ids = ids;
    this.images = images;
  }

  /**
   * All positions of a prompt.
   *
   * @param imageKeys what each image is known by
   * @param imageLengths positions of each image
   */
  static PromptTokens of(Prompt prompt, List<String> imageKeys, int[] imageLengths) {
    int length = prompt.length(imageLengths);
    int[] ids = new int[length];
    String[] images = new String[length];
    int at = 0;
    for (Segment segment : prompt.segments()) {
      if (segment instanceof Segment.Text text) {
        System.arraycopy(text.ids(), 0, ids, at, text.ids().length);
        at += text.ids().length;
      } else if (segment instanceof Segment.Image image) {
        int count = imageLengths[image.index()];
        for (int i = 0; i < count; i++) {
          ids[at + i] = i;
        }
        Arrays.fill(images, at, at + count, imageKeys.get(image.index()));
        at += count;
      }
    }
    return new PromptTokens(ids, images);
  }

  int length() {
    return ids.length;
  }

  PromptTokens slice(int from, int to) {
    return new PromptTokens(
        Arrays.copyOfRange(ids, from, to), Arrays.copyOfRange(images, from, to));
  }

  /** How many positions from {@code from} on are those that {@code other} starts with. */
  int commonFrom(int from, PromptTokens other) {
    int most = Math.min(length() - from, other.length());
    int count = 0;
    while (count < most
        && ids[from + count] == other.ids[count]
        && Objects.equals(images[from + count], other.images[count])) {
      count++;
    }
    return count;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PromptTokens tokens
        && Arrays.equals(ids, tokens.ids)
        && Arrays.equals(images, tokens.images);
  }

  @Override
  public int hashCode() {
    return 31 * Arrays.hashCode(ids) + Arrays.hashCode(images);
  }
}
