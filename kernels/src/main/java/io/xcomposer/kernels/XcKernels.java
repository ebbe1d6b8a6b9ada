package io.xcomposer.kernels;

import java.nio.ByteBuffer;
import org.bytedeco.javacpp.annotation.Cast;
import org.bytedeco.javacpp.annotation.Const;
import org.bytedeco.javacpp.annotation.Name;
import org.bytedeco.javacpp.annotation.Platform;

/**
 * The functions of {@code xc_kernels.h} that run on the CPU, one method each; the header says what
 * they do. Device memory and handles are raw addresses, so that a call makes no garbage; arrays are
 * host memory and are copied for the call. Each method that returns a status returns {@code XC_OK}
 * or an error whose message {@link #lastError} gives.
 *
 * <p>The binding's source is generated from this class and compiled against the header: a signature
 * that does not fit fails the build. {@link NativeLibrary#load} comes before the first call.
 */
// A batch of sequences is four arrays in the C ABI, which knows no records.
@SuppressWarnings("checkstyle:ParameterNumber")
@Platform(include = "xc_kernels.h", link = "xc_cpu")
public final class XcKernels {
  /** {@code XC_OK}. */
  public static final int OK = 0;

  /** {@code XC_OUT_OF_MEMORY}. */
  public static final int OUT_OF_MEMORY = 2;

  /** {@code XC_UNSUPPORTED}. */
  public static final int UNSUPPORTED = 3;

  /** {@code XC_F32}. */
  public static final int F32 = 0;

  /** {@code XC_F16}. */
  public static final int F16 = 1;

  /** {@code XC_BF16}. */
  public static final int BF16 = 2;

  /** {@code XC_INT8}, a format of weights. */
  public static final int INT8 = 3;

  /** {@code XC_INT4}, a format of weights. */
  public static final int INT4 = 4;

  /** {@code XC_BLOCK_TOKENS}: tokens in a block of a key/value cache. */
  public static final int BLOCK_TOKENS = 64;

  /** {@code XC_MAX_HEAD_DIM}. */
  public static final int MAX_HEAD_DIM = 256;

  /** {@code XC_MAX_LINEAR_IN}. */
  public static final int MAX_LINEAR_IN = 1 << 19;

  /** {@code XC_MAX_QUANTIZED_IN}. */
  public static final int MAX_QUANTIZED_IN = 1 << 16;

  private XcKernels() {}

  @Name("xc_last_error")
  public static native String lastError();

  @Name("xc_isa_supported_cpu")
  public static native int isaSupported(int isa);

  // ---- context

  @Name("xc_context_create_cpu")
  public static native int contextCreate(@Cast("xc_context**") long[] out, int threads, int isa);

  @Name("xc_context_free_cpu")
  public static native int contextFree(@Cast("xc_context*") long context);

  @Name("xc_context_isa_cpu")
  public static native int contextIsa(@Cast("const xc_context*") long context);

  // ---- memory

  @Name("xc_allocate_cpu")
  public static native int allocate(
      @Cast("xc_context*") long context, @Cast("void**") long[] out, long bytes);

  @Name("xc_free_cpu")
  public static native int free(
      @Cast("xc_context*") long context, @Cast("void*") long memory, long bytes);

  @Name("xc_copy_cpu")
  public static native int copy(
      @Cast("xc_context*") long context,
      @Cast("void*") long to,
      @Cast("const void*") long from,
      long bytes);

  @Name("xc_copy_cpu")
  public static native int copyFromHost(
      @Cast("xc_context*") long context,
      @Cast("void*") long to,
      @Cast("const void*") ByteBuffer from,
      long bytes);

  @Name("xc_copy_cpu")
  public static native int copyToHost(
      @Cast("xc_context*") long context,
      @Cast("void*") ByteBuffer to,
      @Cast("const void*") long from,
      long bytes);

  // ---- linear

  @Name("xc_weight_create_cpu")
  public static native int weightCreate(
      @Cast("xc_context*") long context,
      @Cast("xc_weight**") long[] weight,
      long out,
      long in,
      int dtype);

  @Name("xc_weight_free_cpu")
  public static native int weightFree(
      @Cast("xc_context*") long context, @Cast("xc_weight*") long weight);

  @Name("xc_weight_bytes_cpu")
  public static native long weightBytes(@Cast("const xc_weight*") long weight);

  @Name("xc_weight_pack_cpu")
  public static native int weightPack(
      @Cast("xc_context*") long context,
      @Cast("xc_weight*") long weight,
      @Cast("const void*") ByteBuffer source,
      int dtype,
      long first,
      long count);

  @Name("xc_linear_cpu")
  public static native int linear(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const float*") long x,
      long n,
      @Cast("const xc_weight*") long weight,
      @Cast("const float*") long bias);

  @Name("xc_linear_add_cpu")
  public static native int linearAdd(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const float*") long x,
      long n,
      @Cast("const xc_weight*") long weight,
      float scale);

  // ---- element by element

  @Name("xc_add_cpu")
  public static native int add(
      @Cast("xc_context*") long context,
      @Cast("float*") long x,
      @Cast("const float*") long y,
      long elements);

  @Name("xc_quick_gelu_cpu")
  public static native int quickGelu(
      @Cast("xc_context*") long context, @Cast("float*") long x, long elements);

  @Name("xc_gelu_cpu")
  public static native int gelu(
      @Cast("xc_context*") long context, @Cast("float*") long x, long elements);

  @Name("xc_silu_multiply_cpu")
  public static native int siluMultiply(
      @Cast("xc_context*") long context,
      @Cast("float*") long gate,
      @Cast("const float*") long up,
      long elements);

  // ---- norms

  @Name("xc_layer_norm_cpu")
  public static native int layerNorm(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const float*") long x,
      @Cast("const float*") long weight,
      @Cast("const float*") long bias,
      long n,
      long c,
      float epsilon);

  @Name("xc_rms_norm_cpu")
  public static native int rmsNorm(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const float*") long x,
      @Cast("const float*") long weight,
      long n,
      long c,
      float epsilon);

  // ---- rows

  @Name("xc_gather_rows_cpu")
  public static native int gatherRows(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const void*") long table,
      int dtype,
      @Const int[] ids,
      long n,
      long r,
      long c);

  @Name("xc_patchify_cpu")
  public static native int patchify(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const float*") long views,
      long v,
      long size,
      long patch);

  @Name("xc_embed_patches_cpu")
  public static native int embedPatches(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const float*") long patches,
      @Cast("const float*") long classEmbedding,
      @Cast("const float*") long positions,
      long v,
      long p,
      long c);

  @Name("xc_merge_tiles_cpu")
  public static native int mergeTiles(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const float*") long features,
      @Cast("const float*") long separator,
      long v,
      long grid,
      long c);

  // ---- attention

  @Name("xc_attention_cpu")
  public static native int attention(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const float*") long qkv,
      long v,
      long p,
      long h,
      long d,
      float scale,
      int dtype);

  @Name("xc_kv_cache_create_cpu")
  public static native int kvCacheCreate(
      @Cast("xc_context*") long context,
      @Cast("xc_kv_cache**") long[] cache,
      long layers,
      long blocks,
      long kvHeads,
      long headDim,
      int dtype);

  @Name("xc_kv_cache_free_cpu")
  public static native int kvCacheFree(
      @Cast("xc_context*") long context, @Cast("xc_kv_cache*") long cache);

  @Name("xc_kv_cache_block_bytes_cpu")
  public static native long kvCacheBlockBytes(@Cast("const xc_kv_cache*") long cache);

  @Name("xc_copy_blocks_cpu")
  public static native int copyBlocks(
      @Cast("xc_context*") long context,
      @Cast("xc_kv_cache*") long cache,
      @Const int[] from,
      @Const int[] to,
      long count);

  @Name("xc_rotary_append_cpu")
  public static native int rotaryAppend(
      @Cast("xc_context*") long context,
      @Cast("float*") long q,
      @Cast("const float*") long wqkv,
      @Cast("const float*") long cosSin,
      long t,
      long h,
      @Cast("xc_kv_cache*") long cache,
      long layer,
      @Const int[] rowStart,
      @Const int[] kvLength,
      @Const int[] tables,
      @Const int[] tableStart,
      long sequences);

  @Name("xc_paged_attention_cpu")
  public static native int pagedAttention(
      @Cast("xc_context*") long context,
      @Cast("float*") long out,
      @Cast("const float*") long q,
      long h,
      @Cast("const xc_kv_cache*") long cache,
      long layer,
      @Const int[] rowStart,
      @Const int[] kvLength,
      @Const int[] tables,
      @Const int[] tableStart,
      long sequences,
      float scale);

  // ---- logits

  @Name("xc_log_softmax_cpu")
  public static native int logSoftmax(
      @Cast("xc_context*") long context, @Cast("float*") long x, long n, long c);

  @Name("xc_top_k_cpu")
  public static native int topK(
      @Cast("xc_context*") long context,
      float[] values,
      int[] indices,
      @Cast("const float*") long x,
      long n,
      long c,
      long k);

  @Name("xc_penalize_cpu")
  public static native int penalize(
      @Cast("xc_context*") long context,
      @Cast("float*") long x,
      @Const int[] ids,
      @Const int[] idStart,
      long n,
      long c,
      float penalty);
}
