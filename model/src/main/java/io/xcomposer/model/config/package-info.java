/** What {@code config.json} says about the model (model-spec 2), read strictly. */
package io.xcomposer.model.config;
