package io.xcomposer.model.generate;

import io.xcomposer.model.Answer.FinishReason;
import io.xcomposer.model.tensor.Tensor;
import java.util.List;
import java.util.Set;
import java.util.function.IntConsumer;

/** One row, one token a step: greedy or sampling, as the {@link TokenChoice} says. */
final class SingleSearch implements Search {
  private static final int[] SAME_ROW = {0};

  private final LogitsProcessor processor;
  private final TokenChoice choice;
  private final Set<Integer> eosIds;
  private final int maxNewTokens;
  private final IntConsumer onToken;
  private LibrarySequence sequence;
  private Certainty certainty = Certainty.NONE;

  /**
   * A search that continues {@code start}.
   *
   * @param onToken gets every id as it is chosen
   */
  SingleSearch(
      LibrarySequence start,
      LogitsProcessor processor,
      TokenChoice choice,
      Set<Integer> eosIds,
      int maxNewTokens,
      IntConsumer onToken) {
    this.sequence = start;
    this.processor = processor;
    this.choice = choice;
    this.eosIds = eosIds;
    this.maxNewTokens = maxNewTokens;
    this.onToken = onToken;
  }

  @Override
  public Continuation advance(Tensor logits) {
    processor.apply(logits, List.of(sequence));
    TokenChoice.Chosen chosen = choice.choose(logits);
    int token = chosen.token();
    certainty = certainty.with(chosen.logProbability());
    sequence = sequence.with(token);
    onToken.accept(token);
    if (eosIds.contains(token) || sequence.newLength() == maxNewTokens) {
      return null;
    }
    return new Continuation(SAME_ROW, new int[] {token});
  }

  @Override
  public Result result() {
    int[] ids = sequence.newIds();
    boolean ended = eosIds.contains(ids[ids.length - 1]);
    return new Result(
        ids, ended ? FinishReason.EOS : FinishReason.LENGTH, Double.NaN, certainty.confidence());
  }
}
