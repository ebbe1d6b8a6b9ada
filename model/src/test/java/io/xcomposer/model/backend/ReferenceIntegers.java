package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import java.util.Arrays;

/** Rounding to integers as {@link Backend#pack} states it, value by value. */
final class ReferenceIntegers {
  private static final int GROUP = 32;
  private static final int MULTIPLIERS = 127;

  /** What is nearest to zero but not zero is left out: its factor would be infinite. */
  private static final float TINY = 1e-36f;

  private static final float TINY_STEP = 1e-30f;

  private ReferenceIntegers() {}

  /**
   * The row as it is kept in INT8: integers of at most 127 times a scale, NaN throughout if any.
   */
  static double[] int8(float[] elements, int offset, int count) {
    double[] kept = new double[count];
    float largest = 0;
    boolean finite = true;
    for (int i = 0; i < count; i++) {
      finite &= Float.isFinite(elements[offset + i]);
      largest = Math.max(largest, Math.abs(elements[offset + i]));
    }
    float scale = largest < TINY ? 0 : largest / 127;
    float inverse = largest < TINY ? 0 : 127 / largest;
    for (int i = 0; i < count; i++) {
      double integer = Math.rint(elements[offset + i] * inverse);
      kept[i] = finite ? integer * scale : Double.NaN;
    }
    return kept;
  }

  /** The row as it is kept in INT4, groups of 32. */
  static double[] int4(float[] elements, int offset, int count) {
    float widest = 0;
    for (int first = 0; first < count; first += GROUP) {
      float step = step(elements, offset + first, Math.min(GROUP, count - first));
      widest = Float.isNaN(step) || Float.isNaN(widest) ? Float.NaN : Math.max(widest, step);
    }
    float scale = widest < TINY_STEP ? 0 : widest / MULTIPLIERS;
    double[] kept = new double[count];
    for (int i = 0; i < count; i++) {
      int first = i - i % GROUP;
      float step = step(elements, offset + first, Math.min(GROUP, count - first));
      double multiplier = scale > 0 ? Math.ceil(step / scale * 0.999999f) : 0;
      float inverse = multiplier == 0 ? 0 : 1 / ((float) multiplier * scale);
      double integer = Math.rint(elements[offset + i] * inverse);
      kept[i] = Math.max(-8, Math.min(7, integer)) * multiplier * scale;
    }
    if (Float.isNaN(scale)) {
      Arrays.fill(kept, Double.NaN);
    }
    return kept;
  }

  private static float step(float[] elements, int offset, int count) {
    float low = 0;
    float high = 0;
    for (int i = offset; i < offset + count; i++) {
      if (!Float.isFinite(elements[i])) {
        return Float.NaN;
      }
      low = Math.min(low, elements[i]);
      high = Math.max(high, elements[i]);
    }
    return Math.max(low / -8, high / 7);
  }

  static double[] kept(DType dtype, float[] elements, int offset, int count) {
    return dtype == DType.INT8 ? int8(elements, offset, count) : int4(elements, offset, count);
  }
}
