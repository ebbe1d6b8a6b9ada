package io.xcomposer.model.image;

import java.io.IOException;

/** What is wrong with an image file, in words for the user: a clause without a full stop. */
final class BrokenImageException extends IOException {
  private static final long serialVersionUID = 1L;

  BrokenImageException(String problem) {
    super(problem);
  }

  static BrokenImageException truncated() {
    return new BrokenImageException("it ends before its picture does");
  }
}
