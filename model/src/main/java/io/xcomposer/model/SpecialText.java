package io.xcomposer.model;

/** What special-token text inside a question or history ({@code </s>}, {@code <unk>} …) becomes. */
public enum SpecialText {
  /** Control tokens, as in the published code (model-spec 6). */
  AS_PUBLISHED,
  /** Plain characters: text of a user cannot steer the model's turn structure. */
  NEUTRALIZED
}
