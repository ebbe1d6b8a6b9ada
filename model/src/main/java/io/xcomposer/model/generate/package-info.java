/**
 * From logits to token ids (model-spec 8): greedy, sampling and beam search, the blocks of the
 * key/value cache, and the loop that runs them.
 */
package io.xcomposer.model.generate;
