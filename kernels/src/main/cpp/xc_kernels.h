// The C ABI of the kernels: one function an operation, its shapes above it.
//
// Axes: N rows of a step, C width, V views, P positions of a view, H query heads, KV key/value
// heads, D head size, S sequences, T tokens. Matrices are row-major. "host" marks memory of the
// caller's process on every device; everything else is memory of the context's device.
//
// Each function returns XC_OK or a status, with the reason in xc_last_error(). Arguments are
// checked before anything is written: null pointers, sizes, ids and block numbers out of range are
// errors. What cannot be checked is that a pointer has as many elements as its shape says.
//
// An operation runs on the threads of its context, allocates nothing and keeps nothing but what
// its arguments say. One operation of a context runs at a time; a second caller waits.
#ifndef XC_KERNELS_H
#define XC_KERNELS_H

#include <stdint.h>

#ifdef __cplusplus
#define XC_API extern "C" __attribute__((visibility("default")))
#else
#define XC_API __attribute__((visibility("default")))
#endif

// Declares an operation for each device that has kernels.
#define XC_OPERATION(name, parameters) XC_API int32_t name##_cpu parameters;

enum xc_status {
  XC_OK = 0,
  XC_INVALID_ARGUMENT = 1,
  XC_OUT_OF_MEMORY = 2,
  XC_UNSUPPORTED = 3,
  XC_INTERNAL = 4
};

// XC_INT8 and XC_INT4 are formats of weights only.
enum xc_dtype { XC_F32 = 0, XC_F16 = 1, XC_BF16 = 2, XC_INT8 = 3, XC_INT4 = 4 };

// Code paths of the CPU. XC_ISA_BASE is what the compiler takes for granted: SSE2 or NEON.
enum xc_isa {
  XC_ISA_AUTO = 0,
  XC_ISA_BASE = 1,
  XC_ISA_AVX2 = 2,
  XC_ISA_AVX512 = 3,
  XC_ISA_AVX512_BF16 = 4
};

enum {
  // Tokens in a block of a key/value cache.
  XC_BLOCK_TOKENS = 64,
  // Largest head size, a multiple of 8.
  XC_MAX_HEAD_DIM = 256,
  // Largest input width of a linear layer.
  XC_MAX_LINEAR_IN = 1 << 19,
  // The same with weights of XC_INT8 or XC_INT4, whose sums are 32-bit integers.
  XC_MAX_QUANTIZED_IN = 1 << 16,
  XC_MAX_THREADS = 1024
};

typedef struct xc_context xc_context;
typedef struct xc_weight xc_weight;
typedef struct xc_kv_cache xc_kv_cache;

// The message of the last error of this thread; empty when there was none. Valid until the next
// call on this thread.
XC_API const char* xc_last_error(void);

// 1 when this machine can run the code path, else 0.
XC_API int32_t xc_isa_supported_cpu(int32_t isa);

// ---- context

// Threads, code path and workspace. threads counts the calling thread: 1 makes no other. An isa
// that the machine lacks is XC_UNSUPPORTED. The caller frees the context after all that was made
// with it.
XC_OPERATION(xc_context_create, (xc_context** out, int32_t threads, int32_t isa))
XC_OPERATION(xc_context_free, (xc_context* context))

// The code path that the context takes, an xc_isa; 0 for null.
XC_OPERATION(xc_context_isa, (const xc_context* context))

// ---- memory

// Memory aligned to 64 bytes, from 2 MiB on to 2 MiB with huge pages asked for. Not initialised.
XC_OPERATION(xc_allocate, (xc_context* context, void** out, int64_t bytes))

// Frees what xc_allocate gave, with the same number of bytes. Null is allowed.
XC_OPERATION(xc_free, (xc_context* context, void* memory, int64_t bytes))

// to[i] = from[i], bytes of them. The ranges do not overlap.
XC_OPERATION(xc_copy, (xc_context* context, void* to, const void* from, int64_t bytes))

// ---- linear

// Memory for the weight (out, in) of a linear layer in the layout of xc_linear, all zero. dtype
// XC_F32, XC_BF16, XC_INT8 or XC_INT4. The caller frees it.
XC_OPERATION(xc_weight_create,
             (xc_context* context, xc_weight** weight, int64_t out, int64_t in, int32_t dtype))
XC_OPERATION(xc_weight_free, (xc_context* context, xc_weight* weight))

// Bytes of the packed weight; 0 for null.
XC_API int64_t xc_weight_bytes_cpu(const xc_weight* weight);

// Lays out rows first .. first + count - 1. source (count, in), host, of dtype XC_F32, XC_F16 or
// XC_BF16. To BF16 it is rounded to nearest even. To INT8 each row (an output channel) becomes
// integers -127 .. 127 times a scale; to INT4, integers -8 .. 7 times a multiplier 1 .. 127 of their
// group of 32 times a scale of the row. A row with a value that is not finite gets the scale NaN.
XC_OPERATION(xc_weight_pack, (xc_context* context, xc_weight* weight, const void* source,
                              int32_t dtype, int64_t first, int64_t count))

// out[n] = W·x[n] + bias. out (N, out), x (N, in), bias (out) or null. A row's result does not
// depend on the other rows. F32 and BF16 weights accumulate in f32, one chain over the input axis;
// with BF16 the bf16 code path rounds x to bf16, the others keep it in f32. With INT8 and INT4
// weights each row of x becomes integers -127 .. 127 times a scale of the row, products and sums are
// exact integers, the same on every code path, and both scales multiply the sum; a row with a value
// that is not finite answers NaN.
XC_OPERATION(xc_linear, (xc_context* context, float* out, const float* x, int64_t n,
                         const xc_weight* weight, const float* bias))

// out[n] += scale·(W·x[n]). out (N, out), x (N, in).
XC_OPERATION(xc_linear_add, (xc_context* context, float* out, const float* x, int64_t n,
                             const xc_weight* weight, float scale))

// ---- element by element

// x += y. x, y (elements).
XC_OPERATION(xc_add, (xc_context* context, float* x, const float* y, int64_t elements))

// x = x·sigmoid(1.702·x). x (elements).
XC_OPERATION(xc_quick_gelu, (xc_context* context, float* x, int64_t elements))

// x = x·(1 + erf(x/sqrt(2)))/2. x (elements).
XC_OPERATION(xc_gelu, (xc_context* context, float* x, int64_t elements))

// gate = gate·sigmoid(gate)·up. gate, up (elements).
XC_OPERATION(xc_silu_multiply,
             (xc_context* context, float* gate, const float* up, int64_t elements))

// ---- norms

// out[n] = (x[n] - mean)/sqrt(variance + epsilon)·weight + bias, of each row. out, x (N, C);
// weight, bias (C). out may be x.
XC_OPERATION(xc_layer_norm, (xc_context* context, float* out, const float* x, const float* weight,
                             const float* bias, int64_t n, int64_t c, float epsilon))

// out[n] = x[n]/sqrt(mean(x[n]²) + epsilon)·weight. out, x (N, C); weight (C). out may be x.
XC_OPERATION(xc_rms_norm, (xc_context* context, float* out, const float* x, const float* weight,
                           int64_t n, int64_t c, float epsilon))

// ---- rows

// out[n] = table[ids[n]]. out (N, C); table (R, C) of dtype XC_F32 or XC_BF16; ids (N), host.
XC_OPERATION(xc_gather_rows, (xc_context* context, float* out, const void* table, int32_t dtype,
                              const int32_t* ids, int64_t n, int64_t r, int64_t c))

// Patches of views in the order (channel, y, x), row by row. out (V·(S/p)², 3·p·p), views
// (V, 3, S, S); p = patch divides S = size.
XC_OPERATION(xc_patchify, (xc_context* context, float* out, const float* views, int64_t v,
                           int64_t size, int64_t patch))

// out[v, 0] = class + positions[0]; out[v, p] = patches[v, p - 1] + positions[p]. out (V, P, C),
// patches (V, P - 1, C), class_embedding (C), positions (P, C).
XC_OPERATION(xc_embed_patches,
             (xc_context* context, float* out, const float* patches, const float* class_embedding,
              const float* positions, int64_t v, int64_t p, int64_t c))

// 2×2 merge of the views of one tile row, a separator behind each row of cells.
// out (g/2·(V·g/2 + 1), 4·C), features (V, 1 + g·g, C), separator (4·C); g = grid is even.
XC_OPERATION(xc_merge_tiles, (xc_context* context, float* out, const float* features,
                              const float* separator, int64_t v, int64_t grid, int64_t c))

// ---- attention

// Each view by itself, no mask: softmax(scale·q·kᵀ)·v. out (V·P, H·D), qkv (V·P, 3·H·D) with
// queries, keys and values side by side. D is a multiple of 8, at most XC_MAX_HEAD_DIM. dtype XC_F32,
// or XC_BF16: the bf16 code path rounds queries, keys, values and softmax weights to bf16 for its
// products and sums them in f32; the others keep all in f32.
XC_OPERATION(xc_attention, (xc_context* context, float* out, const float* qkv, int64_t v,
                            int64_t p, int64_t h, int64_t d, float scale, int32_t dtype))

// Memory for the keys and values of all layers in blocks of XC_BLOCK_TOKENS tokens, all zero, of
// dtype XC_F32 or XC_BF16. The caller frees it.
XC_OPERATION(xc_kv_cache_create,
             (xc_context* context, xc_kv_cache** cache, int64_t layers, int64_t blocks,
              int64_t kv_heads, int64_t head_dim, int32_t dtype))
XC_OPERATION(xc_kv_cache_free, (xc_context* context, xc_kv_cache* cache))

// Bytes of one block over all layers, keys and values; 0 for null.
XC_API int64_t xc_kv_cache_block_bytes_cpu(const xc_kv_cache* cache);

// Copies blocks from[i] to to[i], i < count, in all layers. from, to (count), host, disjoint.
XC_OPERATION(xc_copy_blocks, (xc_context* context, xc_kv_cache* cache, const int32_t* from,
                              const int32_t* to, int64_t count))

// The rows of a step, of S sequences, one after the other; all host:
// row_start (S + 1), from 0 on: sequence s has rows row_start[s] .. row_start[s + 1] - 1;
// kv_length (S): its tokens in the cache, these rows included: the last row is at position
// kv_length[s] - 1;
// tables, table_start (S + 1): its blocks are tables[table_start[s] .. table_start[s + 1] - 1],
// entry i for tokens from i·XC_BLOCK_TOKENS on.

// Rotates queries and keys (halves i and i + D/2 are a pair), appends keys and values.
// q (N, H·D) is written; wqkv (N, KV·(H/KV + 2)·D): per key/value head its queries, key, value;
// cos_sin (T, D): row p has D/2 cosines, then D/2 sines of position p. h = H.
XC_OPERATION(xc_rotary_append,
             (xc_context* context, float* q, const float* wqkv, const float* cos_sin, int64_t t,
              int64_t h, xc_kv_cache* cache, int64_t layer, const int32_t* row_start,
              const int32_t* kv_length, const int32_t* tables, const int32_t* table_start,
              int64_t sequences))

// Causal attention: softmax(scale·q·kᵀ)·v over the row's own and all earlier positions; query
// head h reads key/value head h/(H/KV). out, q (N, H·D). A row's result does not depend on the
// other rows of the step. Blocks at the start of several tables are read once for all of them
// where the sequences have few rows.
XC_OPERATION(xc_paged_attention,
             (xc_context* context, float* out, const float* q, int64_t h, const xc_kv_cache* cache,
              int64_t layer, const int32_t* row_start, const int32_t* kv_length,
              const int32_t* tables, const int32_t* table_start, int64_t sequences, float scale))

// ---- logits

// x[n] = x[n] - log Σ exp(x[n]), in place. x (N, C).
XC_OPERATION(xc_log_softmax, (xc_context* context, float* x, int64_t n, int64_t c))

// The k largest of each row, best first, of equal ones the lower index first; NaN is below
// everything. values, indices (N, k), host; x (N, C).
XC_OPERATION(xc_top_k, (xc_context* context, float* values, int32_t* indices, const float* x,
                        int64_t n, int64_t c, int64_t k))

// x[n, id] = x < 0 ? x·penalty : x/penalty for each listed id. x (N, C); row n has ids
// ids[id_start[n] .. id_start[n + 1] - 1], distinct; id_start (N + 1) from 0 on; both host.
XC_OPERATION(xc_penalize, (xc_context* context, float* x, const int32_t* ids,
                           const int32_t* id_start, int64_t n, int64_t c, float penalty))

#endif
