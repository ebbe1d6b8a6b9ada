package io.xcomposer.model.generate;

import io.xcomposer.model.Answer.Confidence;
import io.xcomposer.model.Answer.FinishReason;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.Tensor;

/**
 * How one request chooses its tokens: greedy, sampling or beams. Fed with the logits of its rows
 * after every step, until it has ended.
 */
interface Search {

  /**
   * The rows that go on: row i continues row {@code parents[i]} of the step before with {@code
   * tokens[i]}.
   */
  record Continuation(int[] parents, int[] tokens) {}

  /**
   * What was found.
   *
   * @param tokenIds new ids as the library returns them, without a leading BOS
   * @param score beam score, NaN without beams
   */
  record Result(int[] tokenIds, FinishReason finishReason, double score, Confidence confidence) {}

  /**
   * Takes the logits of a step.
   *
   * @param logits (R, V) F32, a row for each row that went on (one after the prompt); changed in
   *     place
   * @return what to run next, or null when the search has ended
   */
  Continuation advance(Tensor logits);

  /**
   * The search that a task asks for.
   *
   * @param eos the id put behind a beam's answer that ended before the limit
   */
  static Search of(GenerationTask task, Backend backend, int eos) {
    GenerationOptions options = task.options();
    LibrarySequence start = LibrarySequence.startingWith(task.prompt().libraryIds());
    if (options.numBeams() > 1) {
      return new BeamSearch(backend, start, options, task.eosIds(), eos);
    }
    TokenChoice choice =
        options.sampling() == null
            ? new GreedyChoice(backend)
            : new SampledChoice(backend, options.sampling());
    return new SingleSearch(
        start,
        new LogitsProcessor(backend, options.repetitionPenalty()),
        choice,
        task.eosIds(),
        options.maxNewTokens(),
        task.onToken());
  }

  /** Valid when {@link #advance} has returned null. */
  Result result();
}
