package io.xcomposer.model.generate;

import io.xcomposer.model.Answer.Confidence;
import io.xcomposer.model.Answer.FinishReason;

/**
 * What a {@link GenerationTask} was answered.
 *
 * @param tokenIds new ids (model-spec 8)
 * @param score beam score, NaN without beams
 * @param confidence in {@code tokenIds}
 * @param cachedPromptTokens positions of the prompt whose keys and values were there already
 * @param prefillSeconds from the first step with the task to its first logits, others' rows in the
 *     same steps included
 * @param generateSeconds from there to its end
 */
public record Generated(
    int[] tokenIds,
    FinishReason finishReason,
    double score,
    Confidence confidence,
    int cachedPromptTokens,
    double prefillSeconds,
    double generateSeconds) {}
