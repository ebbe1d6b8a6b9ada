package io.xcomposer.model.decoder;

import io.xcomposer.model.backend.SequenceBatch;
import java.util.List;

/**
 * One pass through the decoder: which rows belong to which sequence, and which are image tokens.
 *
 * @param imageRows rows that PLoRA corrects; empty in decode steps
 * @param ropeLength tokens that the rotary embedding counts with, of the longest sequence of the
 *     step: in prefill those of the whole prompt, whichever chunk this is. All sequences of the
 *     step have the same base
 */
public record Step(SequenceBatch batch, List<RowRange> imageRows, int ropeLength) {}
