package io.xcomposer.model.config;

/**
 * How rotary positions stretch beyond the trained context (model-spec 5.2).
 *
 * @param factor at least 1
 */
public record RopeScaling(Type type, double factor) {

  /** The two kinds that the published code knows. */
  public enum Type {
    /** Positions are divided by the factor. */
    LINEAR,
    /** The base grows with the sequence once it is longer than the trained context. */
    DYNAMIC
  }

  public RopeScaling {
    Ranges.requireNumber("rope_scaling.factor", factor, 1, 1e6);
  }
}
