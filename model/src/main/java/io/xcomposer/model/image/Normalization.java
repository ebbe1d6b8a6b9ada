package io.xcomposer.model.image;

/** Bytes to the tower's floats: {@code (byte/255 - mean)/std} in float32 (model-spec 4.4). */
final class Normalization {
  private static final double[] MEAN = {0.48145466, 0.4578275, 0.40821073};
  private static final double[] STD = {0.26862954, 0.26130258, 0.27577711};
  private static final float[][] TABLES = {table(0), table(1), table(2)};

  private Normalization() {}

  /** The 256 values of a channel: 0 red, 1 green, 2 blue. Not to be changed. */
  static float[] of(int channel) {
    return TABLES[channel];
  }

  private static float[] table(int channel) {
    float[] table = new float[256];
    for (int value = 0; value < table.length; value++) {
      table[value] = (value / 255f - (float) MEAN[channel]) / (float) STD[channel];
    }
    return table;
  }
}
