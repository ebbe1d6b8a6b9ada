package io.xcomposer.model.generate;

import io.xcomposer.model.StageObserver;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.SequenceBatch;
import io.xcomposer.model.decoder.InternLM2Model;
import io.xcomposer.model.decoder.RowRange;
import io.xcomposer.model.decoder.Step;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.tensor.Workspace;
import java.util.ArrayList;
import java.util.List;

/** Runs the rows of several sequences through the decoder as one batch. */
final class StepRunner {
  private final Backend backend;
  private final InternLM2Model model;
  private final Workspace workspace;

  StepRunner(Backend backend, InternLM2Model model, Workspace workspace) {
    this.backend = backend;
    this.model = model;
    this.workspace = workspace;
  }

  /**
   * Runs pieces whose sequences have been extended and whose rope lengths share a base.
   *
   * @param logits out (R, V) F32, a row for each piece that wants it, in their order
   */
  void run(List<Piece> pieces, Tensor logits, KvStore kvStore, StageObserver observer) {
    int rows = pieces.stream().mapToInt(Piece::count).sum();
    try (Workspace.Scope scope = workspace.open()) {
      Tensor x = scope.take(backend.activationDtype(), rows, model.config().hiddenSize());
      List<RowRange> imageRows = embed(x, pieces);
      observer.stage("input_embeddings", x);
      int ropeLength = pieces.stream().mapToInt(Piece::ropeLength).max().orElseThrow();
      Step step = new Step(batch(pieces), imageRows, ropeLength);
      model.forward(x, step, kvStore.cache(), workspace, observer);
      int[] wanted = rowsThatWantLogits(pieces);
      if (wanted.length > 0) {
        model.logits(logits, gathered(x, wanted, scope));
        observer.stage("logits_last", logits);
      }
    }
  }

  private static List<RowRange> embed(Tensor x, List<Piece> pieces) {
    List<RowRange> imageRows = new ArrayList<>();
    int first = 0;
    for (Piece piece : pieces) {
      for (RowRange image : piece.embedding().write(x.rows(first, piece.count()))) {
        imageRows.add(new RowRange(first + image.first(), image.count()));
      }
      first += piece.count();
    }
    return imageRows;
  }

  private static SequenceBatch batch(List<Piece> pieces) {
    int[] rowStart = new int[pieces.size() + 1];
    for (int i = 0; i < pieces.size(); i++) {
      rowStart[i + 1] = rowStart[i] + pieces.get(i).count();
    }
    return new SequenceBatch(
        rowStart,
        pieces.stream().mapToInt(piece -> piece.sequence().length()).toArray(),
        pieces.stream().map(piece -> piece.sequence().blockTable()).toArray(int[][]::new));
  }

  private static int[] rowsThatWantLogits(List<Piece> pieces) {
    int[] rows = new int[(int) pieces.stream().filter(Piece::wantsLogits).count()];
    int end = 0;
    int wanted = 0;
    for (Piece piece : pieces) {
      end += piece.count();
      if (piece.wantsLogits()) {
        rows[wanted++] = end - 1;
      }
    }
    return rows;
  }

  /** Rows of x side by side; those that are so already are not copied. */
  private Tensor gathered(Tensor x, int[] rows, Workspace.Scope scope) {
    int last = rows.length - 1;
    if (rows[last] - rows[0] == last) {
      return x.rows(rows[0], rows.length);
    }
    Tensor together = scope.take(x.dtype(), rows.length, x.shape().size(1));
    for (int i = 0; i < rows.length; i++) {
      backend.copy(x.rows(rows[i], 1), together.rows(i, 1));
    }
    return together;
  }
}
