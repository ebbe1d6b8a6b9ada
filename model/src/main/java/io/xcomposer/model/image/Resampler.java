package io.xcomposer.model.image;

import java.util.Arrays;

/**
 * Pillow's bilinear resize of 8-bit RGB with antialiasing, equal to the byte (model-spec 4.3): two
 * passes in 32-bit integers, the result of the first rounded to 8 bits. An axis that keeps its size
 * has the weights 1 and 0, so the pass that Pillow skips changes nothing here.
 *
 * <p>Rows go through both passes one by one; beside the output there are only as many rows in
 * memory as the filter is high.
 */
final class Resampler {
  private Resampler() {}

  /** As Pillow does: along x, then along y. */
  static RgbImage resize(RgbImage image, int width, int height) {
    PixelWindow out = PixelWindow.whole(width, height);
    resizeHorizontalFirst(image, out);
    return new RgbImage(width, height, out.pixels());
  }

  /** Along x, then along y; fills {@code out}. */
  static void resizeHorizontalFirst(RgbImage image, PixelWindow out) {
    FilterTaps across = FilterTaps.between(image.width(), out.width());
    FilterTaps down = FilterTaps.between(image.height(), out.height());
    int[][] ring = new int[Math.min(down.size(), image.height())][3 * out.width()];
    int[] sums = new int[3 * out.width()];
    int filtered = 0;
    for (int y = 0; y < out.height(); y++) {
      int first = down.first()[y];
      int end = first + down.count()[y];
      // Rows that no output needs are left out; a filter that is wider than its step keeps some.
      for (int row = Math.max(first, filtered); row < end; row++) {
        filterAcross(image.pixels(), 3 * row * image.width(), across, ring[row % ring.length]);
      }
      filtered = end;
      Arrays.fill(sums, FilterTaps.HALF);
      for (int row = first; row < end; row++) {
        addScaled(sums, ring[row % ring.length], down.weights()[y * down.size() + row - first]);
      }
      store(sums, out.pixels(), out.row(y));
    }
  }

  /** Along y, then along x; fills {@code out}. */
  static void resizeVerticalFirst(RgbImage image, PixelWindow out) {
    FilterTaps across = FilterTaps.between(image.width(), out.width());
    FilterTaps down = FilterTaps.between(image.height(), out.height());
    int[] sums = new int[3 * image.width()];
    byte[] filtered = new byte[3 * image.width()];
    int[] result = new int[3 * out.width()];
    for (int y = 0; y < out.height(); y++) {
      int first = down.first()[y];
      Arrays.fill(sums, FilterTaps.HALF);
      for (int k = 0; k < down.count()[y]; k++) {
        int weight = down.weights()[y * down.size() + k];
        addScaledBytes(sums, image.pixels(), 3 * (first + k) * image.width(), weight);
      }
      store(sums, filtered, 0);
      filterAcross(filtered, 0, across, result);
      int target = out.row(y);
      for (int i = 0; i < result.length; i++) {
        out.pixels()[target + i] = (byte) result[i];
      }
    }
  }

  /** One row of RGB along x. The result is kept as ints so that the sums over it vectorise. */
  private static void filterAcross(byte[] pixels, int row, FilterTaps taps, int[] out) {
    int[] weights = taps.weights();
    for (int x = 0; x < out.length / 3; x++) {
      int red = FilterTaps.HALF;
      int green = FilterTaps.HALF;
      int blue = FilterTaps.HALF;
      int from = row + 3 * taps.first()[x];
      int weight = x * taps.size();
      int end = weight + taps.count()[x];
      for (; weight < end; weight++, from += 3) {
        int w = weights[weight];
        red += w * (pixels[from] & 255);
        green += w * (pixels[from + 1] & 255);
        blue += w * (pixels[from + 2] & 255);
      }
      out[3 * x] = clip(red);
      out[3 * x + 1] = clip(green);
      out[3 * x + 2] = clip(blue);
    }
  }

  private static void addScaled(int[] sums, int[] row, int weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * row[i];
    }
  }

  private static void addScaledBytes(int[] sums, byte[] pixels, int offset, int weight) {
    for (int i = 0; i < sums.length; i++) {
      sums[i] += weight * (pixels[offset + i] & 255);
    }
  }

  private static void store(int[] sums, byte[] out, int offset) {
    for (int i = 0; i < sums.length; i++) {
      out[offset + i] = (byte) clip(sums[i]);
    }
  }

  /** Weights are not negative, so only the upper end can be passed. */
  private static int clip(int sum) {
    return Math.min(sum >> FilterTaps.PRECISION, 255);
  }
}
