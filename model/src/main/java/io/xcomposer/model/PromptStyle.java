package io.xcomposer.model;

/** How a question becomes a prompt (model-spec 7). */
public enum PromptStyle {
  /** As the published {@code chat}: system text, history, a BOS before every text part. */
  CHAT,
  /**
   * As the benchmark harnesses: one BOS, image, then the text as given; only {@code </s>} ends the
   * answer, which is cut at the end-of-turn text and stripped.
   */
  HARNESS
}
