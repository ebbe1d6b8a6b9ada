/**
 * Holds the engine to answers of the published code: sizes and pixels, tokenizer, prompts, stage
 * tensors, token ids and texts. The format is that of {@code golden/README.md}.
 */
package io.xcomposer.model.golden;
