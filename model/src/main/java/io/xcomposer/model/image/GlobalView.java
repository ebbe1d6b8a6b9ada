package io.xcomposer.model.image;

import java.nio.FloatBuffer;

/**
 * The whole padded image as one view: bicubic (a = -0.75) without antialiasing on the normalised
 * floats (model-spec 4.5). As the sides are whole numbers of tiles, a sample falls on a pixel where
 * that number is odd and half way between two where it is even, so there is one set of weights.
 *
 * <p>Sums run along x, then along y, in float32, as in the reference.
 */
final class GlobalView {
  private static final float OUTER = -0.09375f;
  private static final float INNER = 0.59375f;

  private GlobalView() {}

  /** A plane of floats: one channel of the normalised image. */
  @FunctionalInterface
  interface Plane {
    float at(int row, int column);
  }

  /** Appends (3, 336, 336) floats to {@code out}. */
  static void write(RgbImage padded, FloatBuffer out) {
    byte[] pixels = padded.pixels();
    int width = padded.width();
    for (int channel = 0; channel < 3; channel++) {
      float[] table = Normalization.of(channel);
      int first = channel;
      Plane plane = (row, column) -> table[pixels[3 * (row * width + column) + first] & 255];
      out.put(resize(plane, width, padded.height(), HdTransform.TILE, HdTransform.TILE));
    }
  }

  /**
   * Bicubic without antialiasing to a size that divides that of the plane.
   *
   * @param width of the plane, a multiple of {@code outWidth}
   * @param height of the plane, a multiple of {@code outHeight}
   * @return (outHeight, outWidth)
   */
  static float[] resize(Plane plane, int width, int height, int outWidth, int outHeight) {
    int[][] columns = taps(width, outWidth);
    int[][] rows = taps(height, outHeight);
    float[] out = new float[outHeight * outWidth];
    for (int y = 0; y < outHeight; y++) {
      for (int x = 0; x < outWidth; x++) {
        out[y * outWidth + x] = sample(plane, rows[y], columns[x]);
      }
    }
    return out;
  }

  /** For each output the one or four pixels along an axis that it is made of. */
  private static int[][] taps(int pixels, int outputs) {
    int step = pixels / outputs;
    int[][] taps = new int[outputs][];
    for (int d = 0; d < outputs; d++) {
      if (step % 2 == 1) {
        taps[d] = new int[] {step * d + (step - 1) / 2};
      } else {
        int after = step * d + step / 2;
        taps[d] =
            new int[] {
              Math.max(after - 2, 0), after - 1, after, Math.min(after + 1, pixels - 1),
            };
      }
    }
    return taps;
  }

  private static float sample(Plane plane, int[] rows, int[] columns) {
    if (rows.length == 1) {
      return along(plane, rows[0], columns);
    }
    return OUTER * along(plane, rows[0], columns)
        + INNER * along(plane, rows[1], columns)
        + INNER * along(plane, rows[2], columns)
        + OUTER * along(plane, rows[3], columns);
  }

  private static float along(Plane plane, int row, int[] columns) {
    if (columns.length == 1) {
      return plane.at(row, columns[0]);
    }
    return OUTER * plane.at(row, columns[0])
        + INNER * plane.at(row, columns[1])
        + INNER * plane.at(row, columns[2])
        + OUTER * plane.at(row, columns[3]);
  }
}
