/** From stored tensors to weights on a device: by checkpoint key, packed for the backend. */
package io.xcomposer.model.weights;
