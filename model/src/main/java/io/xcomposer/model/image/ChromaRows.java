package io.xcomposer.model.image;

/**
 * Components with all the columns but half the rows (4:4:0): libjpeg-turbo interpolates between
 * rows where the older libjpeg of the JDK repeats them. Repeated rows tell the original ones, so
 * the interpolation is made up for here.
 */
final class ChromaRows {
  private ChromaRows() {}

  /**
   * Smooths the components that need it.
   *
   * @param samples (height, width, components), changed in place
   * @param sampling (components, 2) horizontal and vertical factors
   */
  static void smooth(byte[] samples, int width, int[][] sampling) {
    int across = 0;
    int down = 0;
    for (int[] factors : sampling) {
      across = Math.max(across, factors[0]);
      down = Math.max(down, factors[1]);
    }
    for (int component = 0; component < sampling.length; component++) {
      if (sampling[component][0] == across
          && sampling[component][1] * 2 == down
          && repeatsRows(samples, width, component, sampling.length)) {
        smooth(samples, width, component, sampling.length);
      }
    }
  }

  private static boolean repeatsRows(byte[] samples, int width, int component, int components) {
    int stride = width * components;
    for (int row = 0; row + 2 * stride <= samples.length; row += 2 * stride) {
      for (int i = row + component; i < row + stride; i += components) {
        if (samples[i] != samples[i + stride]) {
          return false;
        }
      }
    }
    return true;
  }

  /** Each row is three parts its own original and one part the nearer neighbour. */
  private static void smooth(byte[] samples, int width, int component, int components) {
    int stride = width * components;
    int height = samples.length / stride;
    int originals = (height + 1) / 2;
    byte[] plane = new byte[originals * width];
    for (int i = 0; i < plane.length; i++) {
      plane[i] = samples[i / width * 2 * stride + i % width * components + component];
    }
    for (int y = 0; y < height; y++) {
      boolean upper = y % 2 == 0;
      int own = y / 2 * width;
      int neighbour = width * (upper ? Math.max(y / 2 - 1, 0) : Math.min(y / 2 + 1, originals - 1));
      int bias = upper ? 1 : 2;
      for (int x = 0; x < width; x++) {
        int sum = 3 * (plane[own + x] & 0xff) + (plane[neighbour + x] & 0xff) + bias;
        samples[y * stride + x * components + component] = (byte) (sum >> 2);
      }
    }
  }
}
