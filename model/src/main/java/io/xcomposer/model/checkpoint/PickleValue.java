package io.xcomposer.model.checkpoint;

import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What may lie on the stack of {@link RestrictedUnpickler}: plain data. No value is ever hashed,
 * compared or printed in depth, so values that contain each other many times cost nothing.
 */
sealed interface PickleValue {
  /** Marks the begin of a run of values. */
  record Mark() implements PickleValue {}

  record None() implements PickleValue {}

  record Bool(boolean value) implements PickleValue {}

  record Int(long value) implements PickleValue {}

  record Text(String value) implements PickleValue {}

  record Tuple(List<PickleValue> items) implements PickleValue {}

  /** A dict with text keys, plain or ordered; the one value that changes after it was made. */
  record Dict(Map<String, PickleValue> items) implements PickleValue {
    Dict() {
      this(new LinkedHashMap<>());
    }
  }

  /** A name that the file may mention; it stands for nothing but itself. */
  enum Global implements PickleValue {
    ORDERED_DICT("collections", "OrderedDict"),
    REBUILD_TENSOR("torch._utils", "_rebuild_tensor_v2"),
    REBUILD_PARAMETER("torch._utils", "_rebuild_parameter"),
    BFLOAT16_STORAGE("torch", "BFloat16Storage", StoredDType.BF16),
    HALF_STORAGE("torch", "HalfStorage", StoredDType.F16),
    FLOAT_STORAGE("torch", "FloatStorage", StoredDType.F32),
    DOUBLE_STORAGE("torch", "DoubleStorage", StoredDType.F64),
    LONG_STORAGE("torch", "LongStorage", StoredDType.I64),
    INT_STORAGE("torch", "IntStorage", StoredDType.I32),
    SHORT_STORAGE("torch", "ShortStorage", StoredDType.I16),
    CHAR_STORAGE("torch", "CharStorage", StoredDType.I8),
    BYTE_STORAGE("torch", "ByteStorage", StoredDType.U8),
    BOOL_STORAGE("torch", "BoolStorage", StoredDType.BOOL);

    private final String module;
    private final String name;
    private final StoredDType storage;

    Global(String module, String name) {
      this(module, name, null);
    }

    Global(String module, String name, StoredDType storage) {
      this.module = module;
      this.name = name;
      this.storage = storage;
    }

    boolean isNamed(String otherModule, String otherName) {
      return module.equals(otherModule) && name.equals(otherName);
    }

    /** Element type of a storage class, null for the others. */
    StoredDType storage() {
      return storage;
    }
  }

  /**
   * A storage that a persistent id names.
   *
   * @param key names the zip entry {@code data/<key>}
   * @param elements its length in elements
   */
  record Storage(StoredDType dtype, String key, long elements) implements PickleValue {}

  /**
   * A tensor over a storage.
   *
   * @param offset of its first element, in elements of the storage
   */
  record Tensor(Storage storage, long offset, Layout layout) implements PickleValue {}
}
