package io.xcomposer.model.generate;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.decoder.RowRange;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.text.Prompt;
import io.xcomposer.model.text.Prompt.Segment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/** Puts embedding rows of text and image tokens side by side, any stretch of a prompt. */
final class PromptEmbedder {
  private final Backend backend;
  private final InternLM2Model model;
  private final Prompt prompt;
  private final List<Tensor> imageTokens;

  /**
   * An embedder of one prompt.
   *
   * @param imageTokens (T, C) of each image of the prompt
   */
  PromptEmbedder(Backend backend, InternLM2Model model, Prompt prompt, List<Tensor> imageTokens) {
    this.backend = backend;
    this.model = model;
    this.prompt = prompt;
    this.imageTokens = imageTokens;
  }

  /** Positions of the whole prompt. */
  int length() {
    return prompt.length(
        imageTokens.stream().mapToInt(tokens -> Math.toIntExact(tokens.shape().size(0))).toArray());
  }

  /**
   * Embeds positions {@code from} to {@code from + N}.
   *
   * @param embeddings out (N, C)
   * @return the rows that are image tokens
   */
  List<RowRange> embed(Tensor embeddings, int from) {
    int to = from + Math.toIntExact(embeddings.shape().size(0));
    List<RowRange> imageRows = new ArrayList<>();
    int start = 0;
    for (Segment segment : prompt.segments()) {
      int length = length(segment);
      int first = Math.max(from, start);
      int count = Math.min(to, start + length) - first;
      if (count > 0) {
        Tensor rows = embeddings.rows(first - from, count);
        if (segment instanceof Segment.Image image) {
          backend.copy(imageTokens.get(image.index()).rows(first - start, count), rows);
          imageRows.add(new RowRange(first - from, count));
        } else if (segment instanceof Segment.Text text) {
          int offset = first - start;
          model.embed(rows, Arrays.copyOfRange(text.ids(), offset, offset + count));
        }
      }
      start += length;
    }
    return imageRows;
  }

  private int length(Segment segment) {
    if (segment instanceof Segment.Image image) {
      return Math.toIntExact(imageTokens.get(image.index()).shape().size(0));
    }
    return ((Segment.Text) segment).ids().length;
  }
}
