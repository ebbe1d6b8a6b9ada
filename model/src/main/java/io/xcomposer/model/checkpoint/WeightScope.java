package io.xcomposer.model.checkpoint;

import io.xcomposer.model.backend.Backend;
import io.xcomposer.model.backend.PackedWeight;
import io.xcomposer.model.backend.WeightSource;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * Weights below a prefix of checkpoint keys: {@code root.at("model.layers").at(3).at("attention")}
 * names {@code model.layers.3.attention.}. Names are the checkpoint's, to the letter.
 */
public final class WeightScope {
  private final Weights weights;
  private final String prefix;

  private WeightScope(Weights weights, String prefix) {
    this.weights = weights;
    this.prefix = prefix;
  }

  /** All weights, without prefix. */
  public static WeightScope root(Weights weights) {
    return new WeightScope(weights, "");
  }

  /** The scope one segment (or several, joined by dots) further down. */
  public WeightScope at(String segment) {
    return new WeightScope(weights, prefix + segment + ".");
  }

  /** The scope of an element of a list of modules. */
  public WeightScope at(int index) {
    return at(Integer.toString(index));
  }

  /** The whole key of {@code name} in this scope. */
  public String key(String name) {
    return prefix + name;
  }

  /** Whether the weights have {@code name} in this scope. */
  public boolean contains(String name) {
    return weights.contains(key(name));
  }

  /** Shape of a tensor. */
  public Shape shape(String name) {
    return weights.shape(key(name));
  }

  /** A tensor as rows, see {@link Weights#matrix}. The caller closes it. */
  public WeightSource matrix(String name) {
    return weights.matrix(key(name));
  }

  /** A small tensor as F32, see {@link Weights#floats}. */
  public float[] floats(String name) {
    return weights.floats(key(name));
  }

  /**
   * Packs a matrix for {@code backend} and lets go of the file's pages.
   *
   * @param bias (out) F32, kept by reference; null without bias
   * @return the caller closes it
   */
  public PackedWeight pack(String name, Backend backend, Tensor bias, DType dtype) {
    try (WeightSource source = matrix(name)) {
      return backend.pack(source, bias, dtype);
    }
  }

  /**
   * A small tensor on the device, F32, all axes in one: norm weights, biases, separators.
   *
   * @return (elements) F32; the caller closes it
   */
  public Tensor vector(String name, Backend backend) {
    float[] values = floats(name);
    ByteBuffer bytes =
        ByteBuffer.allocateDirect(values.length * Float.BYTES).order(ByteOrder.LITTLE_ENDIAN);
    bytes.asFloatBuffer().put(values);
    Tensor tensor = backend.allocate(DType.F32, Shape.of(values.length));
    backend.upload(bytes, tensor);
    return tensor;
  }
}
