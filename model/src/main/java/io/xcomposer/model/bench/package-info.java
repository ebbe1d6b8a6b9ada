/** How fast the engine is on this machine, with random weights of a given shape. */
package io.xcomposer.model.bench;
