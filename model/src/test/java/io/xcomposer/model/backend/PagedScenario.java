package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.Tolerance.UNIT;
import static io.xcomposer.model.backend.Tolerance.assertNear;

import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Tensor;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Deque;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;

/**
 * Sequences that grow step by step in a paged cache, beside their keys and values in double. Each
 * step appends random rows in every layer and holds rotated queries and attention to the exact
 * ones. Blocks are handed out in random order.
 */
final class PagedScenario implements AutoCloseable {
  /** Rotation by position, or angles of zero, where bf16 keys and values can be exact. */
  enum Rotation {
    BY_POSITION,
    NONE
  }

  /** Sizes of a model's attention. */
  record Heads(int heads, int kvHeads, int headDim) {
    int queriesPerKv() {
      return heads / kvHeads;
    }

    int wqkvWidth() {
      return (heads + 2 * kvHeads) * headDim;
    }
  }

  /** New rows of a sequence in a step. */
  record Chunk(int sequence, int rows) {}

  private static final int LAYERS = 2;
  private static final int MAX_BLOCKS = 24;

  private final DeviceArrays arrays;
  private final Heads heads;
  private final double storedUnit;
  private final boolean onBf16Grid;
  private final KvCache cache;
  private final float[] cosSin;
  private final Tensor cosSinTensor;
  private final float scale;
  private final Deque<Integer> freeBlocks = new ArrayDeque<>();
  private final List<Sequence> sequences = new ArrayList<>();
  private long seed = 1;

  /** exact: [layer][key/value head]. */
  private record Sequence(List<Integer> blockTable, int[] length, ExactAttention[][] exact) {}

  /**
   * A scenario with an empty cache.
   *
   * @param operandUnit relative error that queries and probabilities may get before a product
   */
  PagedScenario(
      DeviceArrays arrays, Heads heads, DType dtype, Rotation rotation, double operandUnit) {
    this.arrays = arrays;
    this.heads = heads;
    this.onBf16Grid = rotation == Rotation.NONE;
    this.storedUnit = (dtype == DType.BF16 && !onBf16Grid ? Tolerance.BF16_UNIT : 0) + operandUnit;
    this.cache =
        arrays
            .backend()
            .allocateKvCache(LAYERS, MAX_BLOCKS, heads.kvHeads(), heads.headDim(), dtype);
    this.scale = (float) (1 / Math.sqrt(heads.headDim()));
    int positions = MAX_BLOCKS * blockTokens();
    this.cosSin = cosSin(positions, heads.headDim(), rotation);
    this.cosSinTensor = arrays.input(cosSin, positions, heads.headDim());
    List<Integer> blocks = new ArrayList<>(IntStream.range(0, MAX_BLOCKS).boxed().toList());
    Collections.shuffle(blocks, new Random(heads.headDim()));
    freeBlocks.addAll(blocks);
  }

  private static float[] cosSin(int positions, int headDim, Rotation rotation) {
    float[] table = new float[positions * headDim];
    int half = headDim / 2;
    for (int p = 0; p < positions; p++) {
      for (int i = 0; i < half; i++) {
        double angle = rotation == Rotation.NONE ? 0 : p * Math.pow(1e4, -2.0 * i / headDim);
        table[p * headDim + i] = (float) Math.cos(angle);
        table[p * headDim + half + i] = (float) Math.sin(angle);
      }
    }
    return table;
  }

  int blockTokens() {
    return arrays.backend().kvBlockTokens();
  }

  /** A new, empty sequence. */
  int start() {
    ExactAttention[][] exact = new ExactAttention[LAYERS][heads.kvHeads()];
    for (ExactAttention[] layer : exact) {
      for (int kvHead = 0; kvHead < heads.kvHeads(); kvHead++) {
        layer[kvHead] = new ExactAttention(heads.headDim(), scale);
      }
    }
    sequences.add(new Sequence(new ArrayList<>(), new int[1], exact));
    return sequences.size() - 1;
  }

  /** A sequence with the same past: it shares the full blocks and gets a copy of the last one. */
  int fork(int parent) {
    Sequence from = sequences.get(parent);
    List<Integer> table = new ArrayList<>(from.blockTable());
    if (from.length()[0] % blockTokens() != 0) {
      int last = table.size() - 1;
      int copy = freeBlocks.remove();
      arrays.backend().copyBlocks(cache, new int[] {table.get(last)}, new int[] {copy});
      table.set(last, copy);
    }
    ExactAttention[][] exact = new ExactAttention[LAYERS][heads.kvHeads()];
    for (int layer = 0; layer < LAYERS; layer++) {
      for (int kvHead = 0; kvHead < heads.kvHeads(); kvHead++) {
        exact[layer][kvHead] = from.exact()[layer][kvHead].fork();
      }
    }
    sequences.add(new Sequence(table, from.length().clone(), exact));
    return sequences.size() - 1;
  }

  /** Runs one step through all layers and checks it. */
  void step(Chunk... chunks) {
    SequenceBatch batch = batch(chunks);
    for (int layer = 0; layer < LAYERS; layer++) {
      long count = (long) batch.rows() * heads.wqkvWidth();
      float[] wqkv =
          onBf16Grid
              ? BackendCases.bf16Gaussians(seed++, count)
              : BackendCases.gaussians(seed++, count);
      long width = (long) heads.heads() * heads.headDim();
      Tensor q = arrays.output(batch.rows(), width);
      Tensor out = arrays.output(batch.rows(), width);
      Tensor wqkvTensor = arrays.input(wqkv, batch.rows(), heads.wqkvWidth());
      arrays.backend().rotaryAppend(q, wqkvTensor, cosSinTensor, cache, layer, batch);
      arrays.backend().pagedAttention(out, q, cache, layer, batch, scale);
      float[] queries = arrays.read(q);
      float[] result = arrays.read(out);
      for (int s = 0; s < chunks.length; s++) {
        for (int row = batch.rowStart()[s]; row < batch.rowStart()[s + 1]; row++) {
          int position = batch.kvLength()[s] - batch.rowStart()[s + 1] + row;
          append(wqkv, row, position, sequences.get(chunks[s].sequence()).exact()[layer]);
          assertQueries(wqkv, queries, row, position);
          assertAttention(
              queries, result, row, position, sequences.get(chunks[s].sequence()).exact()[layer]);
        }
      }
    }
  }

  private SequenceBatch batch(Chunk... chunks) {
    int[] rowStart = new int[chunks.length + 1];
    int[] kvLength = new int[chunks.length];
    int[][] tables = new int[chunks.length][];
    for (int s = 0; s < chunks.length; s++) {
      Sequence sequence = sequences.get(chunks[s].sequence());
      sequence.length()[0] += chunks[s].rows();
      rowStart[s + 1] = rowStart[s] + chunks[s].rows();
      kvLength[s] = sequence.length()[0];
      while (sequence.blockTable().size() * blockTokens() < kvLength[s]) {
        sequence.blockTable().add(freeBlocks.remove());
      }
      tables[s] = sequence.blockTable().stream().mapToInt(Integer::intValue).toArray();
    }
    return new SequenceBatch(rowStart, kvLength, tables);
  }

  private void append(float[] wqkv, int row, int position, ExactAttention[] exact) {
    for (int kvHead = 0; kvHead < heads.kvHeads(); kvHead++) {
      int key = at(row, kvHead, heads.queriesPerKv());
      double[] value = new double[heads.headDim()];
      for (int d = 0; d < value.length; d++) {
        value[d] = wqkv[key + heads.headDim() + d];
      }
      exact[kvHead].append(rotated(wqkv, key, position), value);
    }
  }

  /** Two products and a sum: three roundings of at most the length of the complex number. */
  private void assertQueries(float[] wqkv, float[] queries, int row, int position) {
    int half = heads.headDim() / 2;
    for (int head = 0; head < heads.heads(); head++) {
      int from = at(row, head / heads.queriesPerKv(), head % heads.queriesPerKv());
      double[] expected = rotated(wqkv, from, position);
      for (int d = 0; d < heads.headDim(); d++) {
        float actual = queries[(row * heads.heads() + head) * heads.headDim() + d];
        String what = "query of row " + row + ", head " + head + ", " + d;
        int partner = d < half ? d + half : d - half;
        double length = Math.hypot(wqkv[from + d], wqkv[from + partner]);
        assertNear(what, actual, expected[d], 3 * UNIT * length);
      }
    }
  }

  private void assertAttention(
      float[] queries, float[] result, int row, int position, ExactAttention[] exact) {
    int headDim = heads.headDim();
    for (int head = 0; head < heads.heads(); head++) {
      int at = (row * heads.heads() + head) * headDim;
      double[] query = new double[headDim];
      for (int d = 0; d < headDim; d++) {
        query[d] = queries[at + d];
      }
      ExactAttention.Row expected = exact[head / heads.queriesPerKv()].row(query, position + 1);
      double[] bound = expected.bound(storedUnit);
      for (int d = 0; d < headDim; d++) {
        String what = "row " + row + " at position " + position + ", head " + head + ", " + d;
        assertNear(what, result[at + d], expected.value()[d], bound[d]);
      }
    }
  }

  /** Where head {@code member} of a key/value head's group begins in wqkv (model-spec 3). */
  private int at(int row, int kvHead, int member) {
    int group = kvHead * (heads.queriesPerKv() + 2);
    return row * heads.wqkvWidth() + (group + member) * heads.headDim();
  }

  /** As complex numbers: elements i and i + D/2 are turned by the angle of the position. */
  private double[] rotated(float[] x, int from, int position) {
    int half = heads.headDim() / 2;
    double[] out = new double[heads.headDim()];
    for (int i = 0; i < half; i++) {
      double real = x[from + i];
      double imaginary = x[from + half + i];
      double cos = cosSin[position * heads.headDim() + i];
      double sin = cosSin[position * heads.headDim() + half + i];
      out[i] = real * cos - imaginary * sin;
      out[half + i] = real * sin + imaginary * cos;
    }
    return out;
  }

  @Override
  public void close() {
    cache.close();
  }
}
