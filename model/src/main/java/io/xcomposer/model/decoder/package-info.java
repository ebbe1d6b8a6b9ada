/** InternLM2 with PLoRA: embeddings to logits (model-spec 5). */
package io.xcomposer.model.decoder;
