package io.xcomposer.model.backend;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.util.Arrays;
import java.util.HashSet;
import java.util.Set;

/** What {@link Backend} demands of arguments. Each check names the operation and both shapes. */
final class ReferenceContract {
  private ReferenceContract() {}

  /** The operand must be {@code dtype} of exactly these sizes. */
  static void operand(String operation, String name, Tensor tensor, DType dtype, long... sizes) {
    Shape expected = Shape.of(sizes);
    if (tensor.dtype() != dtype || !tensor.shape().equals(expected)) {
      throw new IllegalArgumentException(
          operation + ": " + name + " is " + tensor + ", not " + dtype + expected);
    }
  }

  static void sameShape(String operation, Tensor first, Tensor second) {
    operand(operation, "second operand", second, first.dtype(), first.shape().toArray());
    activation(operation, first);
  }

  static void activation(String operation, Tensor tensor) {
    require(tensor.dtype() == DType.F32, operation, tensor + " is not F32");
  }

  static void rank(String operation, String name, Tensor tensor, int rank) {
    require(
        tensor.shape().rank() == rank, operation, name + " " + tensor + " is not of rank " + rank);
  }

  static void linear(String operation, Tensor out, Tensor x, PackedWeight weight) {
    rank(operation, "x", x, 2);
    String problem = " does not fit weight " + Shape.of(weight.out(), weight.in());
    require(x.shape().size(1) == weight.in(), operation, "x " + x + problem);
    operand(operation, "x", x, DType.F32, x.shape().toArray());
    if (out.shape().rank() != 2 || out.shape().size(1) != weight.out()) {
      throw new IllegalArgumentException(operation + ": out " + out + problem);
    }
    operand(operation, "out", out, DType.F32, x.shape().size(0), weight.out());
  }

  /** The cache is open and has the layer, and the batch is in order and inside of the cache. */
  static void batch(String operation, ReferenceKvCache cache, int layer, SequenceBatch batch) {
    require(!cache.closed(), operation, "the cache is closed");
    require(
        layer >= 0 && layer < cache.layers(),
        operation,
        "layer " + layer + " is outside of the cache's " + cache.layers());
    int[] rowStart = batch.rowStart();
    require(
        rowStart.length == batch.sequences() + 1 && rowStart[0] == 0,
        operation,
        "rowStart "
            + Arrays.toString(rowStart)
            + " does not fit kvLength "
            + Arrays.toString(batch.kvLength()));
    require(
        batch.blockTables().length == batch.sequences(),
        operation,
        batch.blockTables().length + " block tables for " + batch.sequences() + " sequences");
    for (int s = 0; s < batch.sequences(); s++) {
      int rows = rowStart[s + 1] - rowStart[s];
      int length = batch.kvLength()[s];
      require(
          rows >= 0 && rows <= length,
          operation,
          "sequence " + s + " has " + rows + " rows and length " + length);
      int needed = (length + ReferenceKvCache.BLOCK_TOKENS - 1) / ReferenceKvCache.BLOCK_TOKENS;
      int[] table = batch.blockTables()[s];
      require(
          table.length >= needed,
          operation,
          "sequence " + s + " needs " + needed + " blocks, its table has " + table.length);
      for (int i = 0; i < needed; i++) {
        block(operation, cache, table[i]);
      }
    }
  }

  static void copiedBlocks(ReferenceKvCache cache, int[] from, int[] to) {
    require(!cache.closed(), "copyBlocks", "the cache is closed");
    require(
        from.length == to.length,
        "copyBlocks",
        from.length + " sources, " + to.length + " targets");
    Set<Integer> sources = new HashSet<>();
    for (int block : from) {
      block("copyBlocks", cache, block);
      sources.add(block);
    }
    for (int block : to) {
      block("copyBlocks", cache, block);
      require(sources.add(block), "copyBlocks", "block " + block + " is a target and taken");
    }
  }

  private static void block(String operation, KvCache cache, int block) {
    index(operation, "block", block, cache.blocks());
  }

  static void index(String operation, String name, int index, long count) {
    require(
        index >= 0 && index < count,
        operation,
        name + " " + index + " is outside of 0.." + (count - 1));
  }

  static void require(boolean holds, String operation, String problem) {
    if (!holds) {
      throw new IllegalArgumentException(operation + ": " + problem);
    }
  }
}
