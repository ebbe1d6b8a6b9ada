package io.xcomposer.model.backend;

import io.xcomposer.kernels.XcKernels;
import io.xcomposer.model.tensor.DType;
import io.xcomposer.model.tensor.Shape;
import io.xcomposer.model.tensor.Tensor;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Set;

/**
 * The backend of the processor: tensors to pointers, one kernel a call. Activations are F32; with
 * BF16 weights the code path {@link Isa#AVX512_BF16} rounds a linear layer's input to bf16, the
 * others widen the weights; INT8 and INT4 weights meet inputs that are rounded to integers row by
 * row.
 *
 * <p>Operations are done when they return.
 */
public final class CpuBackend implements Backend {
  private static final List<DType> WEIGHT_FORMATS =
      List.of(DType.F32, DType.BF16, DType.INT8, DType.INT4);

  private final CpuKernels kernels;
  private final int threads;

  private CpuBackend(CpuKernels kernels, int threads) {
    this.kernels = kernels;
    this.threads = threads;
  }

  /**
   * The best code path of this machine.
   *
   * @param threads compute threads, the calling one included, at least 1
   */
  public static CpuBackend open(int threads) {
    return new CpuBackend(CpuKernels.open(threads, 0), threads);
  }

  /** A code path of choice, for tests and comparisons; one that the machine lacks is an error. */
  public static CpuBackend open(int threads, Isa isa) {
    return new CpuBackend(CpuKernels.open(threads, isa.code()), threads);
  }

  /** The code paths that this machine runs. */
  public static Set<Isa> supportedIsas() {
    return CpuKernels.supported();
  }

  @Override
  public String device() {
    return "cpu";
  }

  @Override
  public String description() {
    return "cpu, " + kernels.isa() + ", " + threads + (threads == 1 ? " thread" : " threads");
  }

  @Override
  public DType activationDtype() {
    return DType.F32;
  }

  // ---- memory

  @Override
  public Tensor allocate(DType dtype, Shape shape) {
    long bytes = Math.multiplyExact(shape.elements(), dtype.bytes());
    return Tensor.owning(new CpuStorage(kernels, bytes), dtype, shape);
  }

  @Override
  public void upload(ByteBuffer source, Tensor target) {
    Shapes.require(source.remaining() == target.bytes(), "upload", target, source.remaining());
    HostCopy.upload(kernels, source.duplicate(), target.address());
  }

  @Override
  public void download(Tensor source, ByteBuffer target) {
    Shapes.require(target.remaining() >= source.bytes(), "download", source, target.remaining());
    HostCopy.download(kernels, source.address(), target, Math.toIntExact(source.bytes()));
  }

  @Override
  public void copy(Tensor source, Tensor target) {
    Shapes.require(source.bytes() == target.bytes(), "copy", source, target);
    CpuKernels.check(
        "copy",
        XcKernels.copy(kernels.context(), target.address(), source.address(), source.bytes()));
  }

  @Override
  public void synchronize() {
    // Operations are done when they return.
  }

  // ---- weights

  @Override
  public PackedWeight pack(WeightSource weight, Tensor bias, DType dtype) {
    Shapes.require(
        WEIGHT_FORMATS.contains(dtype), "pack", dtype, "a weight, one of " + WEIGHT_FORMATS);
    if (bias != null) {
      Shapes.requireF32("pack", bias, weight.out());
    }
    return new CpuPackedWeight(kernels, weight, bias, dtype);
  }

  // ---- linear

  @Override
  public void linear(Tensor out, Tensor x, PackedWeight weight) {
    CpuPackedWeight packed = (CpuPackedWeight) weight;
    long n = linearRows("linear", out, x, packed);
    CpuKernels.check(
        "linear",
        XcKernels.linear(
            kernels.context(),
            out.address(),
            x.address(),
            n,
            packed.address(),
            packed.biasAddress()));
  }

  @Override
  public void linearAdd(Tensor out, Tensor x, PackedWeight weight, float scale) {
    CpuPackedWeight packed = (CpuPackedWeight) weight;
    long n = linearRows("linearAdd", out, x, packed);
    CpuKernels.check(
        "linearAdd",
        XcKernels.linearAdd(
            kernels.context(), out.address(), x.address(), n, packed.address(), scale));
  }

  /** N of out (N, out) and x (N, in). */
  private static long linearRows(String operation, Tensor out, Tensor x, PackedWeight weight) {
    Shape sizes = Shape.of(weight.out(), weight.in());
    long n = Shapes.rows(operation + " by " + sizes, x, weight.in());
    Shapes.require(
        Shapes.rows(operation + " by " + sizes, out, weight.out()) == n, operation, out, x);
    return n;
  }

  // ---- element by element

  @Override
  public void add(Tensor x, Tensor y) {
    long elements = Shapes.sameElements("add", x, y);
    CpuKernels.check("add", XcKernels.add(kernels.context(), x.address(), y.address(), elements));
  }

  @Override
  public void quickGelu(Tensor x) {
    long elements = Shapes.elements("quickGelu", x);
    CpuKernels.check("quickGelu", XcKernels.quickGelu(kernels.context(), x.address(), elements));
  }

  @Override
  public void gelu(Tensor x) {
    long elements = Shapes.elements("gelu", x);
    CpuKernels.check("gelu", XcKernels.gelu(kernels.context(), x.address(), elements));
  }

  @Override
  public void siluMultiply(Tensor gate, Tensor up) {
    long elements = Shapes.sameElements("siluMultiply", gate, up);
    CpuKernels.check(
        "siluMultiply",
        XcKernels.siluMultiply(kernels.context(), gate.address(), up.address(), elements));
  }

  // ---- norms

  @Override
  public void layerNorm(Tensor out, Tensor x, Tensor weight, Tensor bias, float epsilon) {
    long c = x.shape().size(-1);
    long n = Shapes.rows("layerNorm", x, c);
    Shapes.requireSame("layerNorm", out, x);
    Shapes.requireF32("layerNorm", weight, c);
    Shapes.requireF32("layerNorm", bias, c);
    CpuKernels.check(
        "layerNorm",
        XcKernels.layerNorm(
            kernels.context(),
            out.address(),
            x.address(),
            weight.address(),
            bias.address(),
            n,
            c,
            epsilon));
  }

  @Override
  public void rmsNorm(Tensor out, Tensor x, Tensor weight, float epsilon) {
    long c = x.shape().size(-1);
    long n = Shapes.rows("rmsNorm", x, c);
    Shapes.requireSame("rmsNorm", out, x);
    Shapes.requireF32("rmsNorm", weight, c);
    CpuKernels.check(
        "rmsNorm",
        XcKernels.rmsNorm(
            kernels.context(), out.address(), x.address(), weight.address(), n, c, epsilon));
  }

  // ---- rows

  @Override
  public void gatherRows(Tensor out, Tensor table, int[] ids) {
    Shapes.require(table.shape().rank() == 2, "gatherRows", table, out);
    long c = table.shape().size(1);
    Shapes.requireF32("gatherRows", out, ids.length, c);
    CpuKernels.check(
        "gatherRows",
        XcKernels.gatherRows(
            kernels.context(),
            out.address(),
            table.address(),
            CpuKernels.code(table.dtype()),
            ids,
            ids.length,
            table.shape().size(0),
            c));
  }

  @Override
  public void patchify(Tensor out, Tensor views, int patch) {
    Shapes.require(views.shape().rank() == 4 && patch > 0, "patchify", out, views);
    long v = views.shape().size(0);
    long size = views.shape().size(3);
    Shapes.requireF32("patchify", views, v, 3, size, size);
    Shapes.require(size % patch == 0, "patchify", views, "patches of " + patch);
    Shapes.requireF32("patchify", out, v * (size / patch) * (size / patch), 3L * patch * patch);
    CpuKernels.check(
        "patchify",
        XcKernels.patchify(kernels.context(), out.address(), views.address(), v, size, patch));
  }

  @Override
  public void embedPatches(
      Tensor out, Tensor patches, Tensor classEmbedding, Tensor positionEmbedding) {
    Shapes.require(out.shape().rank() == 3, "embedPatches", out, patches);
    long v = out.shape().size(0);
    long p = out.shape().size(1);
    long c = out.shape().size(2);
    Shapes.requireF32("embedPatches", out, v, p, c);
    Shapes.requireF32("embedPatches", patches, v, p - 1, c);
    Shapes.requireF32("embedPatches", classEmbedding, c);
    Shapes.requireF32("embedPatches", positionEmbedding, p, c);
    CpuKernels.check(
        "embedPatches",
        XcKernels.embedPatches(
            kernels.context(),
            out.address(),
            patches.address(),
            classEmbedding.address(),
            positionEmbedding.address(),
            v,
            p,
            c));
  }

  @Override
  public void mergeTiles(Tensor out, Tensor features, Tensor separator) {
    Shapes.require(features.shape().rank() == 3, "mergeTiles", out, features);
    long v = features.shape().size(0);
    long c = features.shape().size(2);
    long grid = Math.round(Math.sqrt(features.shape().size(1) - 1.0));
    Shapes.requireF32("mergeTiles", features, v, 1 + grid * grid, c);
    Shapes.require(grid > 0 && grid % 2 == 0, "mergeTiles", features, "an even grid");
    Shapes.requireF32("mergeTiles", out, grid / 2 * (v * (grid / 2) + 1), 4 * c);
    Shapes.requireF32("mergeTiles", separator, 4 * c);
    CpuKernels.check(
        "mergeTiles",
        XcKernels.mergeTiles(
            kernels.context(), out.address(), features.address(), separator.address(), v, grid, c));
  }

  // ---- attention

  @Override
  public void attention(Tensor out, Tensor qkv, int views, int heads, float scale, DType products) {
    requireFloat("attention", products, "products");
    long width = out.shape().size(-1);
    long n = Shapes.rows("attention", out, width);
    Shapes.require(
        qkv.dtype() == DType.F32
            && qkv.shape().size(-1) == 3 * width
            && qkv.shape().elements() == n * 3 * width
            && views > 0
            && n % views == 0
            && heads > 0
            && width % heads == 0,
        "attention of " + views + " views and " + heads + " heads",
        out,
        qkv);
    CpuKernels.check(
        "attention",
        XcKernels.attention(
            kernels.context(),
            out.address(),
            qkv.address(),
            views,
            n / views,
            heads,
            width / heads,
            scale,
            CpuKernels.code(products)));
  }

  private static void requireFloat(String operation, DType dtype, String what) {
    Shapes.require(
        dtype == DType.F32 || dtype == DType.BF16, operation, dtype, what + ": F32 or BF16");
  }

  @Override
  public int kvBlockTokens() {
    return XcKernels.BLOCK_TOKENS;
  }

  @Override
  public KvCache allocateKvCache(int layers, int blocks, int kvHeads, int headDim, DType dtype) {
    requireFloat("allocateKvCache", dtype, "a cache");
    return new CpuKvCache(kernels, layers, blocks, kvHeads, headDim, dtype);
  }

  @Override
  public void copyBlocks(KvCache cache, int[] from, int[] to) {
    Shapes.require(
        from.length == to.length && FlatBatch.disjoint(from, to),
        "copyBlocks",
        Arrays.toString(from),
        Arrays.toString(to));
    CpuKernels.check(
        "copyBlocks",
        XcKernels.copyBlocks(
            kernels.context(), ((CpuKvCache) cache).address(), from, to, from.length));
  }

  @Override
  public void rotaryAppend(
      Tensor q, Tensor wqkv, Tensor cosSin, KvCache cache, int layer, SequenceBatch batch) {
    CpuKvCache pages = (CpuKvCache) cache;
    FlatBatch flat = FlatBatch.of("rotaryAppend", batch);
    long heads = heads("rotaryAppend", q, pages, flat);
    Shapes.requireF32(
        "rotaryAppend", wqkv, flat.rows(), (heads + 2L * pages.kvHeads()) * pages.headDim());
    int positions = flat.positions();
    Shapes.require(
        Shapes.rows("rotaryAppend", cosSin, pages.headDim()) >= positions,
        "rotaryAppend",
        cosSin,
        positions + " positions");
    CpuKernels.check(
        "rotaryAppend",
        XcKernels.rotaryAppend(
            kernels.context(),
            q.address(),
            wqkv.address(),
            cosSin.address(),
            cosSin.shape().size(0),
            heads,
            pages.address(),
            layer,
            flat.rowStart(),
            flat.kvLength(),
            flat.tables(),
            flat.tableStart(),
            flat.sequences()));
  }

  @Override
  public void pagedAttention(
      Tensor out, Tensor q, KvCache cache, int layer, SequenceBatch batch, float scale) {
    CpuKvCache pages = (CpuKvCache) cache;
    FlatBatch flat = FlatBatch.of("pagedAttention", batch);
    long heads = heads("pagedAttention", q, pages, flat);
    Shapes.requireSame("pagedAttention", out, q);
    CpuKernels.check(
        "pagedAttention",
        XcKernels.pagedAttention(
            kernels.context(),
            out.address(),
            q.address(),
            heads,
            pages.address(),
            layer,
            flat.rowStart(),
            flat.kvLength(),
            flat.tables(),
            flat.tableStart(),
            flat.sequences(),
            scale));
  }

  /** Query heads of q (N, H·D) for a batch of N rows. */
  private static long heads(String operation, Tensor q, CpuKvCache cache, FlatBatch batch) {
    long width = q.shape().size(-1);
    Shapes.requireF32(operation, q, batch.rows(), width);
    Shapes.require(
        width % ((long) cache.headDim() * cache.kvHeads()) == 0,
        operation + " with " + cache.kvHeads() + " key/value heads",
        q,
        cache.headDim());
    return width / cache.headDim();
  }

  // ---- logits

  @Override
  public void logSoftmax(Tensor x) {
    long c = x.shape().size(-1);
    long n = Shapes.rows("logSoftmax", x, c);
    CpuKernels.check("logSoftmax", XcKernels.logSoftmax(kernels.context(), x.address(), n, c));
  }

  @Override
  public void topK(float[] values, int[] indices, Tensor x, int k) {
    long c = x.shape().size(-1);
    long n = Shapes.rows("topK", x, c);
    Shapes.require(
        values.length == n * k && indices.length == n * k, "topK of " + k, x, values.length);
    CpuKernels.check(
        "topK", XcKernels.topK(kernels.context(), values, indices, x.address(), n, c, k));
  }

  @Override
  public void penalize(Tensor x, int[][] ids, float penalty) {
    long c = x.shape().size(-1);
    Shapes.requireF32("penalize", x, ids.length, c);
    CpuKernels.check(
        "penalize",
        XcKernels.penalize(
            kernels.context(),
            x.address(),
            FlatBatch.joined(ids),
            FlatBatch.starts(ids),
            ids.length,
            c,
            penalty));
  }

  @Override
  public void close() {
    kernels.close();
  }
}
