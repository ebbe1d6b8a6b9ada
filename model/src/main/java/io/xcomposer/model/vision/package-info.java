/** Views to image tokens: CLIP tower, tile merge, projector (model-spec 4.6, 4.7). */
package io.xcomposer.model.vision;
