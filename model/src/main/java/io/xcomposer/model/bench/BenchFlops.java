package io.xcomposer.model.bench;

import io.xcomposer.model.config.VisionConfig;
import io.xcomposer.model.config.XComposerConfig;

/** Floating-point operations that the model needs, a multiplication and an addition each. */
final class BenchFlops {
  private BenchFlops() {}

  /** One view through the tower, attention included. */
  static double view(VisionConfig vision) {
    double rows = vision.numPositions();
    double width = vision.hiddenSize();
    double linears = 4 * width * width + 2 * width * vision.intermediateSize();
    double attention = 2 * rows * width;
    double patches = 3.0 * vision.patchSize() * vision.patchSize() * width;
    return 2 * rows * (vision.numHiddenLayers() * (linears + attention) + patches);
  }

  /** A prompt of image tokens through the decoder: linears, PLoRA, causal attention. */
  static double prefill(XComposerConfig config, int rows) {
    double width = config.hiddenSize();
    double ffn = config.intermediateSize();
    double wqkv = width * config.wqkvSize();
    double linears = wqkv + width * width + 3 * width * ffn;
    double plora =
        RandomWeights.WQKV_RANK * (width + config.wqkvSize())
            + RandomWeights.RANK * (2 * width + 3 * (width + ffn));
    double attention = rows * width; // half of rows², keys and values
    double layer = 2 * rows * (linears + plora + attention);
    return config.numHiddenLayers() * layer + 2 * width * config.vocabSize();
  }
}
