package io.xcomposer.model.backend;

import io.xcomposer.model.Errors;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Storage;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;

/**
 * Heap memory under made-up addresses: each storage owns a range of addresses that no other ever
 * gets, so a closed or foreign tensor is always noticed. New memory is full of NaN, so reading what
 * nobody wrote shows in every result.
 */
final class ReferenceMemory {
  private static final long GAP = 4096;
  private static final byte NAN_BYTE = (byte) 0xFF;

  private final TreeMap<Long, HeapStorage> storages = new TreeMap<>();
  private long nextAddress = GAP;

  private final class HeapStorage implements Storage {
    private final long address;
    private final byte[] content;

    HeapStorage(long address, byte[] content) {
      this.address = address;
      this.content = content;
    }

    @Override
    public long address() {
      return address;
    }

    @Override
    public long bytes() {
      return content.length;
    }

    @Override
    public void close() {
      storages.remove(address);
    }
  }

  Storage allocate(long bytes) {
    if (bytes > Integer.MAX_VALUE - 8) {
      throw Errors.memory(
          bytes + " bytes are more than a Java array holds", "use smaller tensors or a device");
    }
    byte[] content = new byte[(int) bytes];
    Arrays.fill(content, NAN_BYTE);
    HeapStorage storage = new HeapStorage(nextAddress, content);
    storages.put(nextAddress, storage);
    nextAddress += bytes + GAP;
    return storage;
  }

  /** The bytes of a tensor, little-endian, not copied. */
  ByteBuffer bytes(Tensor tensor) {
    Map.Entry<Long, HeapStorage> entry = storages.floorEntry(tensor.address());
    if (entry == null
        || tensor.address() + tensor.bytes() > entry.getKey() + entry.getValue().bytes()) {
      throw new IllegalArgumentException(
          "tensor " + tensor + " is closed or belongs to another backend");
    }
    int offset = (int) (tensor.address() - entry.getKey());
    return ByteBuffer.wrap(entry.getValue().content, offset, (int) tensor.bytes())
        .slice()
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  /** A copy of the elements of an F32 or BF16 tensor. */
  float[] read(Tensor tensor) {
    return FloatFormats.read(bytes(tensor), tensor.dtype());
  }

  /** Replaces the elements of an F32 tensor. */
  void write(Tensor tensor, float[] elements) {
    if (tensor.dtype() != DType.F32) {
      throw new IllegalArgumentException("activations are F32, not " + tensor);
    }
    bytes(tensor).asFloatBuffer().put(elements);
  }

  void freeAll() {
    storages.clear();
  }
}
