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
    IMAGE(Fault.REQUEST),
    /** A question, history or prompt that the model cannot take. */
    PROMPT(Fault.REQUEST),
    /** An option or parameter with a value that is not allowed. */
    OPTION(Fault.REQUEST),
    /** A file or table that the user gave, and that is not as it has to be. */
    INPUT(Fault.REQUEST),
    /** A checkpoint, config or tokenizer file that is broken or does not fit. */
    CHECKPOINT(Fault.ENGINE),
    /** A device or native library that is not there or failed. */
    DEVICE(Fault.ENGINE),
    /** Memory that would be needed is not there. */
    MEMORY(Fault.PASSING);

    private final Fault fault;

    Kind(Fault fault) {
      this.fault = fault;
    }

    /** Whom an error of this kind is to be put down to, so whether trying again can help. */
    public Fault fault() {
      return fault;
    }
  }

  /** Whom an error is to be put down to. */
  public enum Fault {
    /** The request: it fails again wherever it is tried, and the others are not touched by it. */
    REQUEST,
    /** The engine: every request fails until there is another engine. */
    ENGINE,
    /**
     * The moment, perhaps: the same request may be answered later, when others have given back what
     * they hold, or elsewhere. It may as well fail each time, so tries have to be counted.
     */
    PASSING
  }

  private final Kind kind;
  private final boolean endsProcess;

  XComposerException(Kind kind, String message, Throwable cause) {
    this(kind, message, cause, false);
  }

  XComposerException(Kind kind, String message, Throwable cause, boolean endsProcess) {
    super(message, cause);
    this.kind = kind;
    this.endsProcess = endsProcess;
  }

  public Kind kind() {
    return kind;
  }

  /**
   * Whether this process can do nothing more with its device, not with a new engine either, so that
   * only another process helps.
   */
  public boolean endsProcess() {
    return endsProcess;
  }
}
