package io.xcomposer.model.generate;

import java.util.Arrays;

/**
 * The ids that the published generation loop sees: with an image a lone BOS and the new ids,
 * without one the prompt and the new ids (model-spec 8). Immutable; {@link #with} makes a longer
 * one.
 */
final class LibrarySequence {
  private final int[] ids;
  private final int start;

  private LibrarySequence(int[] ids, int start) {
    this.ids = ids;
    this.start = start;
  }

  static LibrarySequence startingWith(int[] ids) {
    return new LibrarySequence(ids.clone(), ids.length);
  }

  LibrarySequence with(int id) {
    int[] longer = Arrays.copyOf(ids, ids.length + 1);
    longer[ids.length] = id;
    return new LibrarySequence(longer, start);
  }

  int length() {
    return ids.length;
  }

  int newLength() {
    return ids.length - start;
  }

  int[] newIds() {
    return Arrays.copyOfRange(ids, start, ids.length);
  }

  /** Each id once. */
  int[] distinctIds() {
    return Arrays.stream(ids).distinct().toArray();
  }
}
