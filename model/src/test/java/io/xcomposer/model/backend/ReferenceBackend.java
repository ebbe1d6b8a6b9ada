package io.xcomposer.model.backend;

import static io.xcomposer.model.backend.ReferenceContract.activation;
import static io.xcomposer.model.backend.ReferenceContract.index;
import static io.xcomposer.model.backend.ReferenceContract.operand;
import static io.xcomposer.model.backend.ReferenceContract.rank;
import static io.xcomposer.model.backend.ReferenceContract.require;
import static io.xcomposer.model.backend.ReferenceContract.sameShape;

import io.xcomposer.model.Errors;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.function.DoubleUnaryOperator;

/**
 * The definition of every operation as plain loops on Java arrays: activations F32, every sum and
 * function in double and rounded to float once. Weights and caches kept in BF16 are rounded to the
 * nearest bf16; nothing else is.
 */
public final class ReferenceBackend implements Backend {
  private static final List<DType> FORMATS = List.of(DType.F32, DType.BF16, DType.INT8, DType.INT4);

  private final ReferenceMemory memory = new ReferenceMemory();

  @Override
  public String device() {
    return "reference";
  }

  @Override
  public String description() {
    return "plain Java loops";
  }

  @Override
  public DType activationDtype() {
    return DType.F32;
  }

  // ---- memory

  @Override
  public Tensor allocate(DType dtype, Shape shape) {
    long bytes = Math.multiplyExact(shape.elements(), dtype.bytes());
    return Tensor.owning(memory.allocate(bytes), dtype, shape);
  }

  @Override
  public void upload(ByteBuffer source, Tensor target) {
    sameBytes("upload", source.remaining(), target);
    memory.bytes(target).put(source.duplicate());
  }

  @Override
  public void download(Tensor source, ByteBuffer target) {
    require(
        target.remaining() >= source.bytes(),
        "download",
        target.remaining() + " bytes are too few for " + source);
    target.duplicate().put(memory.bytes(source));
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    sameBytes("copy", source.bytes(), target);
    memory.bytes(target).put(memory.bytes(source));
  }

  private static void sameBytes(String operation, long bytes, Tensor target) {
    require(bytes == target.bytes(), operation, bytes + " bytes do not fill " + target);
  }

  @Override
  public void synchronize() {
    // Every operation is done when it returns.
  }

  // ---- weights, linear

  @Override
  public PackedWeight pack(WeightSource weight, Tensor bias, DType dtype) {
    require(FORMATS.contains(dtype), "pack", dtype + " is none of " + FORMATS);
    if (bias != null) {
      operand("pack", "bias", bias, DType.F32, weight.out());
    }
    return new ReferenceWeight(weight, bias, dtype);
  }

  @Override
  public void linear(Tensor out, Tensor x, PackedWeight weight) {
    ReferenceContract.linear("linear", out, x, weight);
    ReferenceWeight w = (ReferenceWeight) weight;
    float[] bias = w.bias() == null ? null : memory.read(w.bias());
    float[] input = memory.read(x);
    float[] result = memory.read(out);
    for (int n = 0; n < x.shape().size(0); n++) {
      double[] product = w.times(input, n * width(x));
      for (int o = 0; o < product.length; o++) {
        result[n * product.length + o] = (float) (product[o] + (bias == null ? 0 : bias[o]));
      }
    }
    memory.write(out, result);
  }

  @Override
  public void linearAdd(Tensor out, Tensor x, PackedWeight weight, float scale) {
    ReferenceContract.linear("linearAdd", out, x, weight);
    ReferenceWeight w = (ReferenceWeight) weight;
    float[] input = memory.read(x);
    float[] result = memory.read(out);
    for (int n = 0; n < x.shape().size(0); n++) {
      double[] product = w.times(input, n * width(x));
      for (int o = 0; o < product.length; o++) {
        int at = n * product.length + o;
        result[at] = (float) (result[at] + scale * product[o]);
      }
    }
    memory.write(out, result);
  }

  // ---- element by element

  @Override
  public void add(Tensor x, Tensor y) {
    sameShape("add", x, y);
    float[] result = memory.read(x);
    float[] other = memory.read(y);
    for (int i = 0; i < result.length; i++) {
      result[i] += other[i];
    }
    memory.write(x, result);
  }

  @Override
  public void quickGelu(Tensor x) {
    activation("quickGelu", x);
    map(x, value -> value * sigmoid(1.702 * value));
  }

  @Override
  public void gelu(Tensor x) {
    activation("gelu", x);
    map(x, value -> value * NormalDistribution.cumulative(value));
  }

  @Override
  public void siluMultiply(Tensor gate, Tensor up) {
    sameShape("siluMultiply", gate, up);
    float[] result = memory.read(gate);
    float[] other = memory.read(up);
    for (int i = 0; i < result.length; i++) {
      result[i] = (float) (result[i] * sigmoid(result[i]) * other[i]);
    }
    memory.write(gate, result);
  }

  private void map(Tensor x, DoubleUnaryOperator function) {
    float[] elements = memory.read(x);
    for (int i = 0; i < elements.length; i++) {
      elements[i] = (float) function.applyAsDouble(elements[i]);
    }
    memory.write(x, elements);
  }

  private static double sigmoid(double x) {
    return 1 / (1 + Math.exp(-x));
  }

  // ---- norms

  @Override
  public void layerNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float epsilon) {
    rank("layerNorm", "x", x, 2);
    operand("layerNorm", "out", out, DType.F32, x.shape().toArray());
    operand("layerNorm", "weight", weight, DType.F32, width(x));
    operand("layerNorm", "bias", bias, DType.F32, width(x));
    float[] shift = memory.read(bias);
    forEachRow(
        out,
        x,
        row -> {
          double mean = Arrays.stream(row).average().orElse(0);
          double[] centred = Arrays.stream(row).map(value -> value - mean).toArray();
          double variance = Arrays.stream(centred).map(value -> value * value).average().orElse(0);
          double[] result = scaled(centred, 1 / Math.sqrt(variance + epsilon), weight);
          Arrays.setAll(result, c -> result[c] + shift[c]);
          return result;
        });
  }

  @Override
  public void rmsNorm(Tensor out, Tensor x, Tensor weight, float epsilon) {
    rank("rmsNorm", "x", x, 2);
    operand("rmsNorm", "out", out, DType.F32, x.shape().toArray());
    operand("rmsNorm", "weight", weight, DType.F32, width(x));
    forEachRow(
        out,
        x,
        row -> {
          double meanSquare = Arrays.stream(row).map(value -> value * value).average().orElse(0);
          return scaled(row, 1 / Math.sqrt(meanSquare + epsilon), weight);
        });
  }

  private double[] scaled(double[] row, double factor, Tensor weight) {
    float[] weights = memory.read(weight);
    double[] result = new double[row.length];
    Arrays.setAll(result, c -> row[c] * factor * weights[c]);
    return result;
  }

  /** Maps a row to a row. */
  @FunctionalInterface
  private interface RowFunction {
    double[] apply(double[] row);
  }

  private void forEachRow(Tensor out, Tensor x, RowFunction function) {
    float[] elements = memory.read(x);
    int width = width(x);
    for (int first = 0; first < elements.length; first += width) {
      int start = first;
      double[] row = new double[width];
      Arrays.setAll(row, c -> elements[start + c]);
      double[] result = function.apply(row);
      for (int c = 0; c < width; c++) {
        elements[first + c] = (float) result[c];
      }
    }
    memory.write(out, elements);
  }

  // ---- rows

  @Override
  public void gatherRows(Tensor out, Tensor table, int[] ids) {
    rank("gatherRows", "table", table, 2);
    operand("gatherRows", "out", out, DType.F32, ids.length, width(table));
    for (int id : ids) {
      index("gatherRows", "id", id, table.shape().size(0));
    }
    for (int n = 0; n < ids.length; n++) {
      memory.write(out.rows(n, 1), memory.read(table.rows(ids[n], 1)));
    }
  }

  @Override
  public void patchify(Tensor out, Tensor views, int patch) {
    memory.write(out, ReferenceVision.patchify(memory, out, views, patch));
  }

  @Override
  public void embedPatches(
      Tensor out, Tensor patches, Tensor classEmbedding, Tensor positionEmbedding) {
    memory.write(
        out, ReferenceVision.embedPatches(memory, out, patches, classEmbedding, positionEmbedding));
  }

  @Override
  public void mergeTiles(Tensor out, Tensor features, Tensor separator) {
    memory.write(out, ReferenceVision.mergeTiles(memory, out, features, separator));
  }

  // ---- attention

  @Override
  public void attention(Tensor out, Tensor qkv, int views, int heads, float scale, DType products) {
    require(
        products == DType.F32 || products == DType.BF16,
        "attention",
        "products in " + products + ", neither F32 nor BF16");
    rank("attention", "qkv", qkv, 2);
    int rows = (int) qkv.shape().size(0);
    require(views > 0 && rows % views == 0, "attention", qkv + " has not " + views + " views");
    require(
        heads > 0 && width(qkv) % (3 * heads) == 0,
        "attention",
        qkv + " does not hold queries, keys and values of " + heads + " heads");
    int headDim = width(qkv) / (3 * heads);
    operand("attention", "qkv", qkv, DType.F32, qkv.shape().toArray());
    operand("attention", "out", out, DType.F32, rows, (long) heads * headDim);
    memory.write(
        out, ReferenceAttention.full(memory.read(qkv), views, rows / views, heads, headDim, scale));
  }

  @Override
  public int kvBlockTokens() {
    return ReferenceKvCache.BLOCK_TOKENS;
  }

  @Override
  public KvCache allocateKvCache(int layers, int blocks, int kvHeads, int headDim, DType dtype) {
    require(
        dtype == DType.F32 || dtype == DType.BF16,
        "allocateKvCache",
        dtype + " is neither F32 nor BF16");
    require(
        layers > 0 && blocks > 0 && kvHeads > 0 && headDim > 0 && headDim % 2 == 0,
        "allocateKvCache",
        "a cache of (" + layers + ", " + blocks + ", " + kvHeads + ", " + headDim + ")");
    long elements = 2L * layers * kvHeads * headDim * ReferenceKvCache.BLOCK_TOKENS;
    if (Math.multiplyHigh(elements, blocks) != 0 || elements * blocks > Integer.MAX_VALUE) {
      throw Errors.memory(
          "a cache of " + blocks + " blocks is more than a Java array holds", "use fewer blocks");
    }
    return new ReferenceKvCache(layers, blocks, kvHeads, headDim, dtype);
  }

  @Override
  public void copyBlocks(KvCache cache, int[] from, int[] to) {
    ReferenceKvCache blocks = (ReferenceKvCache) cache;
    ReferenceContract.copiedBlocks(blocks, from, to);
    for (int i = 0; i < from.length; i++) {
      blocks.copyBlock(from[i], to[i]);
    }
  }

  @Override
  public void rotaryAppend(
      Tensor q, Tensor wqkv, Tensor cosSin, KvCache cache, int layer, SequenceBatch batch) {
    ReferenceKvCache blocks = (ReferenceKvCache) cache;
    ReferenceContract.batch("rotaryAppend", blocks, layer, batch);
    int heads = heads("rotaryAppend", q, blocks, batch);
    long wide = (long) (heads + 2 * blocks.kvHeads()) * blocks.headDim();
    operand("rotaryAppend", "wqkv", wqkv, DType.F32, batch.rows(), wide);
    rank("rotaryAppend", "cosSin", cosSin, 2);
    long positions = cosSin.shape().size(0);
    operand("rotaryAppend", "cosSin", cosSin, DType.F32, positions, blocks.headDim());
    for (int length : batch.kvLength()) {
      require(length <= positions, "rotaryAppend", "length " + length + " exceeds " + cosSin);
    }
    memory.write(
        q,
        ReferenceAttention.rotaryAppend(
            memory.read(wqkv),
            memory.read(cosSin),
            heads / blocks.kvHeads(),
            blocks,
            layer,
            batch));
  }

  @Override
  public void pagedAttention(
      Tensor out, Tensor q, KvCache cache, int layer, SequenceBatch batch, float scale) {
    ReferenceKvCache blocks = (ReferenceKvCache) cache;
    ReferenceContract.batch("pagedAttention", blocks, layer, batch);
    int heads = heads("pagedAttention", q, blocks, batch);
    operand("pagedAttention", "out", out, DType.F32, q.shape().toArray());
    memory.write(out, ReferenceAttention.paged(memory.read(q), heads, blocks, layer, batch, scale));
  }

  /** H of a (N, H·D) tensor. */
  private static int heads(
      String operation, Tensor q, ReferenceKvCache cache, SequenceBatch batch) {
    rank(operation, "q", q, 2);
    operand(operation, "q", q, DType.F32, batch.rows(), width(q));
    int groups = cache.kvHeads() * cache.headDim();
    require(
        width(q) > 0 && width(q) % groups == 0,
        operation,
        "q " + q + " does not fit (" + cache.kvHeads() + ", " + cache.headDim() + ") of the cache");
    return width(q) / cache.headDim();
  }

  // ---- logits

  @Override
  public void logSoftmax(Tensor x) {
    rank("logSoftmax", "x", x, 2);
    activation("logSoftmax", x);
    forEachRow(
        x,
        x,
        row -> {
          double max = Arrays.stream(row).max().orElse(0);
          double sum = Arrays.stream(row).map(value -> Math.exp(value - max)).sum();
          return Arrays.stream(row).map(value -> value - max - Math.log(sum)).toArray();
        });
  }

  @Override
  public void topK(float[] values, int[] indices, Tensor x, int k) {
    ReferenceLogits.topK(memory, values, indices, x, k);
  }

  @Override
  public void penalize(Tensor x, int[][] ids, float penalty) {
    memory.write(x, ReferenceLogits.penalize(memory, x, ids, penalty));
  }

  private static int width(Tensor x) {
    return (int) x.shape().size(-1);
  }

  @Override
  public void close() {
    memory.freeAll();
  }
}
