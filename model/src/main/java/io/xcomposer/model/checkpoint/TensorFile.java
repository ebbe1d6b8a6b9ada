package io.xcomposer.model.checkpoint;

import java.util.Map;

/** A file of named tensors, its directory read and checked, its data not yet. */
public sealed interface TensorFile extends AutoCloseable permits SafetensorsFile, TorchZipFile {
  /** By name. */
  Map<String, StoredTensor> tensors();

  @Override
  void close();
}
