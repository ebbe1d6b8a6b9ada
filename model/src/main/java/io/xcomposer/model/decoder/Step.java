package io.xcomposer.model.decoder;

import io.xcomposer.model.backend.SequenceBatch;
import java.util.List;

/**
 * One pass through the decoder: which rows belong to which sequence, and which are image tokens.
 *
 * @param imageRows rows that PLoRA corrects; empty in decode steps
 * @param ropeLength tokens of the sequence that the rotary embedding counts with: in prefill those
 *     of the whole prompt, whichever chunk this is
 */
public record Step(SequenceBatch batch, List<RowRange> imageRows, int ropeLength) {}
