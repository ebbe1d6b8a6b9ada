package io.xcomposer.model.generate;

import io.xcomposer.model.GenerationOptions;
import io.xcomposer.model.StageObserver;
import io.xcomposer.model.tensor.Tensor;
import io.xcomposer.model.text.Prompt;
import java.util.List;
import java.util.Set;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * What the {@link Scheduler} is to answer.
 *
 * @param imageKeys what each image of the prompt is known by: equal keys, equal image tokens
 * @param imageTokens (T, C) of each image of the prompt; open until the task has ended
 * @param eosIds ids that end the answer
 * @param onToken gets each id of an answer without beams as it is chosen, on the model's thread
 * @param stopped asked between steps; once true the task ends with a {@link
 *     java.util.concurrent.CancellationException}
 * @param observer sees the stages of the prompt; a task that is watched shares neither a step nor
 *     cached keys and values while its prompt is read
 */
public record GenerationTask(
    Prompt prompt,
    List<String> imageKeys,
    List<Tensor> imageTokens,
    GenerationOptions options,
    Set<Integer> eosIds,
    IntConsumer onToken,
    BooleanSupplier stopped,
    StageObserver observer) {

  boolean watched() {
    return observer != StageObserver.NONE;
  }

  /** Positions of each image. */
  int[] imageLengths() {
    return imageTokens.stream()
        .mapToInt(tokens -> Math.toIntExact(tokens.shape().size(0)))
        .toArray();
  }
}
