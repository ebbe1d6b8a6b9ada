package io.xcomposer.spark.rows;

import io.xcomposer.model.XComposerException;

/**
 * Why a row has no answer, as data.
 *
 * @param kind the kind of an {@link XComposerException}, {@code QUARANTINED} for a row that has
 *     taken processes down, or {@code INTERNAL} for anything that is not the row's fault
 * @param message problem, reason and remedy
 */
public record RowError(String kind, String message) {
  /** The kind of errors that nobody foresaw. */
  public static final String INTERNAL = "INTERNAL";

  /** The error that a cause becomes. */
  public static RowError of(Throwable cause) {
    return cause instanceof XComposerException known
        ? new RowError(known.kind().name(), known.getMessage())
        : new RowError(INTERNAL, cause.getClass().getName() + ": " + cause.getMessage());
  }

  /** {@code KIND: message}, the content of the error column. */
  @Override
  public String toString() {
    return kind + ": " + message;
  }
}
