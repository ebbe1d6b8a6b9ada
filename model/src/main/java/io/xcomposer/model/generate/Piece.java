package io.xcomposer.model.generate;

import io.xcomposer.model.decoder.RowRange;
import io.xcomposer.model.tensor.Tensor;
import java.util.List;

/**
 * The rows of one key/value sequence in a step: a stretch of a prompt, or tokens behind it.
 *
 * @param owner whose rows they are
 * @param sequence gets their keys and values
 * @param ofPrompt whether it is a stretch of the prompt
 * @param count how many
 * @param ropeLength tokens of the sequence that the rotary embedding counts with (model-spec 5.2)
 * @param wantsLogits whether the next token is chosen behind the last of them
 */
record Piece(
    Sequence owner,
    KvSequence sequence,
    boolean ofPrompt,
    int count,
    int ropeLength,
    boolean wantsLogits,
    Embedding embedding) {

  /** Writes the embeddings (N, C) of the rows; returns those among them that are image tokens. */
  @FunctionalInterface
  interface Embedding {
    List<RowRange> write(Tensor embeddings);
  }
}
