/**
 * Weights from files that are not trusted: safetensors and torch zips, mapped window by window, and
 * the table of the tensors that the model expects (model-spec 1, 3).
 */
package io.xcomposer.model.checkpoint;
