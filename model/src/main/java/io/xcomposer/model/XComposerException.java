package io.xcomposer.model;

/**
 * An error for the user: the problem with its values, the reason, and the remedy. Made in {@link
 * Errors} only.
 */
public final class XComposerException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  /** What kind of thing went wrong: the class that the {@code error} column shows. */
  public enum Kind {
    /** An image that cannot be read, is too large, or cannot be resized. */
    IMAGE,
    /** A question, history or prompt that the model cannot take. */
    PROMPT,
    /** An option or parameter with a value that is not allowed. */
    OPTION,
    /** A file or table that the user gave, and that is not as it has to be. */
    INPUT,
    /** A checkpoint, config or tokenizer file that is broken or does not fit. */
    CHECKPOINT,
    /** A device or native library that is not there or failed. */
    DEVICE,
    /** Memory that would be needed is not there. */
    MEMORY
  }

  private final Kind kind;

  XComposerException(Kind kind, String message, Throwable cause) {
    super(message, cause);
    this.kind = kind;
  }

  public Kind kind() {
    return kind;
  }
}
