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
 * @param prefillSeconds of the steps up to its first logits, its share by rows
 * @param generateSeconds of the steps from there on, likewise, and of choosing tokens
 */
public record Generated(
    int[] tokenIds,
    FinishReason finishReason,
    double score,
    Confidence confidence,
    int cachedPromptTokens,
    double prefillSeconds,
    double generateSeconds) {}
