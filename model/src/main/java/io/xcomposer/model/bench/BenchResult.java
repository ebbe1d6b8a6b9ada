package io.xcomposer.model.bench;

/**
 * One figure.
 *
 * @param name such as {@code prefill.bf16.2048}
 * @param unit of {@code value} and {@code limit}
 * @param limit what the machine could do, measured in the same run; NaN when there is none
 */
public record BenchResult(String name, double value, String unit, double limit) {

  /** Share of the limit, NaN without one. */
  public double share() {
    return value / limit;
  }
}
