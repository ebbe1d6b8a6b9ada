package io.xcomposer.model.golden;

import io.xcomposer.model.checkpoint.SafetensorsFile;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.Map;

/** Recorded stage tensors of a case. */
final class StageFile {
  private StageFile() {}

  /** All tensors by stage, flattened. */
  static Map<String, float[]> read(Path file) {
    try (SafetensorsFile stages = SafetensorsFile.open(file)) {
      Map<String, float[]> tensors = new LinkedHashMap<>();
      stages.tensors().forEach((stage, tensor) -> tensors.put(stage, tensor.floats()));
      return tensors;
    }
  }
}
