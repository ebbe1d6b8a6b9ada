// The inner kernels, compiled once for each code path. Plain data and function pointers only: the
// objects of the code paths share no inline code with the rest, so that no instruction of a newer
// processor reaches an older one.
#pragma once

#include <stdint.h>

#include "../xc_kernels.h"

namespace xc {

// Rows of a tile of a product: what the registers of the widest code path hold.
constexpr int64_t kTileRows = 6;
// Columns of a panel of a packed weight, and tokens of a key/value block.
constexpr int64_t kPanel = 64;
// Tokens that one running softmax of attention covers. Spans are joined in order, whether one
// thread takes them one after the other or several do: the result is the same to the last bit.
constexpr int64_t kSpanTokens = 512;
// Most rows of a task of attention.
constexpr int64_t kAttentionRows = 640;
// Floats that a task of attention works in: the keys and values of a span, the queries, the scores
// of a tile and their rounded weights.
constexpr int64_t kAttentionScratch =
    (2 * kSpanTokens + kAttentionRows) * XC_MAX_HEAD_DIM + kPanel * kPanel * 3 / 2;
// Bytes of each thread's scratch: two running states of attention, its rows and its scratch, or
// LinearTask::sums.
constexpr int64_t kScratchBytes = INT64_C(4) << 20;
// Rows whose running sums a linear task keeps.
constexpr int64_t kLinearRows = 192;

// Rows of x to tiles: for each piece of k, tile by tile, k by k, kTileRows values. The bf16 code
// path rounds and keeps pairs of k together. k is filled up with zeros, a tile to kTileRows rows.
struct PackTask {
  char* a;
  const float* x;        // (rows, k)
  int64_t rows;
  int64_t tile_rows;     // rows of a tile, at most kTileRows; the last may have fewer
  int64_t tiles;
  int64_t k;
  int64_t padded_k;      // even for bf16 weights
  int64_t k_piece;       // even
};

// One panel of a weight times some tiles of rows.
struct LinearTask {
  const char* a;         // all tiles, packed
  int64_t tiles;         // of a
  int64_t first_tile;    // of this task
  int64_t tile_rows;
  int64_t rows;          // of this task
  int64_t k_piece;
  const char* b;         // the panel
  int64_t k;             // input width
  int64_t columns;       // valid columns of the panel
  float* out;            // first row, first column of the panel
  int64_t out_stride;    // elements from row to row
  const float* bias;     // of the panel's columns, or null
  float scale;           // with add
  bool add;              // out += scale·product, else out = product + bias
  float* sums;           // kLinearRows · kPanel floats
};

// Running softmax of some rows: maximum and sum (padded_rows), unscaled output (rows, padded_d).
struct AttentionState {
  float* maximum;
  float* sum;
  float* output;
};

// Rows in whole vectors of every code path.
static constexpr int64_t padded_rows(int64_t rows) { return (rows + 15) / 16 * 16; }

// Rows that attend to the same key/value head over the same tokens, of one or of several sequences.
struct AttentionTask {
  const float* const* queries;  // (rows): d values each
  const int64_t* seen;          // (rows): tokens that the row attends to, not falling
  int64_t rows;                 // at most kAttentionRows
  int64_t d;                    // head size
  int64_t padded_d;             // rounded up to 16
  float scale;
  int64_t first_token;          // where a span starts
  int64_t end_token;
  AttentionState state;         // what comes out
  AttentionState next;          // of a later span, until it is joined; unused for a single span
  // Blocks of a cache: keys of block i are at keys + table[i]·block_stride. Null for a view.
  const char* keys;
  const char* values;
  const int32_t* table;
  int64_t block_stride;
};

// Keys and values of a view, f32, `stride` elements from position to position.
struct ViewTask {
  const float* keys;
  const float* values;
  int64_t stride;
};

struct Kernels {
  // ---- linear
  void (*pack_rows_f32)(const PackTask* task, int64_t first_tile, int64_t end_tile);
  void (*pack_rows_bf16)(const PackTask* task, int64_t first_tile, int64_t end_tile);
  // Bytes that an element takes in the tiles of pack_rows_bf16.
  int64_t bf16_row_bytes;
  void (*linear_f32)(const LinearTask* task);
  void (*linear_bf16)(const LinearTask* task);

  // ---- element by element
  void (*add)(float* x, const float* y, int64_t n);
  void (*quick_gelu)(float* x, int64_t n);
  void (*gelu)(float* x, int64_t n);
  void (*silu_multiply)(float* gate, const float* up, int64_t n);
  void (*widen_bf16)(float* out, const uint16_t* x, int64_t n);

  // ---- norms, one row
  void (*layer_norm)(float* out, const float* x, const float* weight, const float* bias, int64_t c,
                     float epsilon);
  void (*rms_norm)(float* out, const float* x, const float* weight, int64_t c, float epsilon);

  // ---- attention: a task's rows against its tokens, state started anew. scratch:
  // kAttentionScratch floats.
  void (*attention_f32)(const AttentionTask* task, float* scratch);
  void (*attention_bf16)(const AttentionTask* task, float* scratch);
  // The same against all positions of a view; products in f32, or in bf16 where the code path has
  // them.
  void (*attention_view_f32)(const ViewTask* view, const AttentionTask* task, float* scratch);
  void (*attention_view_bf16)(const ViewTask* view, const AttentionTask* task, float* scratch);
  // Takes the state of the span that follows into total.
  void (*attention_join)(const AttentionState* total, const AttentionState* next, int64_t rows,
                         int64_t padded_d);
  // out = output/sum, d values.
  void (*attention_finish)(float* out, float sum, const float* output, int64_t d);

  // ---- logits, one row
  void (*log_softmax)(float* x, int64_t c);
  void (*top_k)(float* values, int32_t* indices, const float* x, int64_t c, int64_t k);
};

#if defined(__x86_64__)
extern const Kernels kernels_avx2;
extern const Kernels kernels_avx512;
extern const Kernels kernels_avx512_bf16;
#endif
extern const Kernels kernels_base;

}  // namespace xc
