package io.xcomposer.model.generate;

import io.xcomposer.model.Answer.FinishReason;
import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.tensor.Tensor;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Set;

/**
 * Beam search as transformers 4.33 does it, to the letter (model-spec 8).
 *
 * <p>The library starts with B equal rows of which all but the first count -1e9. Here the first
 * step has that one row, which gives the same candidates.
 */
final class BeamSearch implements Search {
  private record Beam(LibrarySequence sequence, float score, Certainty certainty) {}

  private record Candidate(int beam, int token, float score) {}

  private final Backend backend;
  private final LogitsProcessor processor;
  private final LogProbabilities logProbabilities;
  private final Set<Integer> eosIds;
  private final int padWithEos;
  private final int numBeams;
  private final int maxLength;
  private final HypothesisStore store;
  private List<Beam> beams;
  private boolean done;

  /**
   * A search that continues {@code start}.
   *
   * @param eosIds ids that end a hypothesis
   * @param padWithEos the id put behind an answer that ended before the limit
   */
  BeamSearch(
      Backend backend,
      LibrarySequence start,
      GenerationOptions options,
      Set<Integer> eosIds,
      int padWithEos) {
    this.backend = backend;
    this.processor = new LogitsProcessor(backend, options.repetitionPenalty());
    this.logProbabilities = new LogProbabilities(backend);
    this.eosIds = eosIds;
    this.padWithEos = padWithEos;
    this.numBeams = options.numBeams();
    this.maxLength = start.length() + options.maxNewTokens();
    this.store = new HypothesisStore(numBeams, options.lengthPenalty(), options.earlyStopping());
    this.beams = List.of(new Beam(start, 0f, Certainty.NONE));
  }

  @Override
  public Continuation advance(Tensor logits) {
    List<Candidate> candidates = candidates(logits);
    logProbabilities.normalize(logits);
    List<Candidate> next = new ArrayList<>();
    for (int rank = 0; rank < candidates.size() && next.size() < numBeams; rank++) {
      Candidate candidate = candidates.get(rank);
      if (!eosIds.contains(candidate.token())) {
        next.add(candidate);
      } else if (rank < numBeams) {
        LibrarySequence ended = beams.get(candidate.beam()).sequence();
        store.offer(ended, candidate.score(), certainty(candidate, logits));
      }
    }
    int length = beams.get(0).sequence().length() + 1;
    done = store.done(candidates.get(0).score(), length);
    beams = next.stream().map(candidate -> extend(candidate, logits)).toList();
    if (done || length >= maxLength) {
      return null;
    }
    return new Continuation(
        next.stream().mapToInt(Candidate::beam).toArray(),
        next.stream().mapToInt(Candidate::token).toArray());
  }

  private Beam extend(Candidate candidate, Tensor logProbabilitiesOfStep) {
    return new Beam(
        beams.get(candidate.beam()).sequence().with(candidate.token()),
        candidate.score(),
        certainty(candidate, logProbabilitiesOfStep));
  }

  private Certainty certainty(Candidate candidate, Tensor logProbabilitiesOfStep) {
    double last = logProbabilities.of(logProbabilitiesOfStep, candidate.beam(), candidate.token());
    return beams.get(candidate.beam()).certainty().with(last);
  }

  /** The best of all beams' next tokens, best first; of equal ones the lower beam, then id. */
  private List<Candidate> candidates(Tensor logits) {
    backend.logSoftmax(logits);
    processor.apply(logits, beams.stream().map(Beam::sequence).toList());
    int wanted = Math.max(2, 1 + eosIds.size()) * numBeams;
    int k = Math.min(wanted, Math.toIntExact(logits.shape().size(1)));
    float[] values = new float[beams.size() * k];
    int[] tokens = new int[beams.size() * k];
    backend.topK(values, tokens, logits, k);
    List<Candidate> all = new ArrayList<>(values.length);
    for (int i = 0; i < values.length; i++) {
      int beam = i / k;
      all.add(new Candidate(beam, tokens[i], values[i] + beams.get(beam).score()));
    }
    all.sort(Comparator.comparing(Candidate::score, Collections.reverseOrder()));
    return all.subList(0, Math.min(wanted, all.size()));
  }

  @Override
  public Result result() {
    if (!done) {
      beams.forEach(beam -> store.offer(beam.sequence(), beam.score(), beam.certainty()));
    }
    HypothesisStore.Hypothesis best = store.best();
    LibrarySequence sequence = best.sequence();
    boolean full = sequence.length() >= maxLength;
    return new Result(
        full ? sequence.newIds() : sequence.with(padWithEos).newIds(),
        full ? FinishReason.LENGTH : FinishReason.EOS,
        best.score(),
        best.certainty().confidence());
  }
}
