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
// Rows of a linear task at most: its running sums lie in the scratch.
constexpr int64_t kLinearRows = 170 * kTileRows;

// Rows of x in the order of a product: piece by piece of k, in a piece row by row. A piece of a row
// takes LinearKernels::row_bytes, whether it is full or not; the last step is filled up with zeros.
struct PackTask {
  char* a;
  const float* x;         // (rows, k)
  int64_t rows;
  int64_t k;
  // Of quantised rows: value = scale·integer, and the sum of a row's integers.
  float* scales;
  int32_t* sums;
};

// One panel of a weight times some packed rows.
struct LinearTask {
  const char* a;          // all rows, packed
  int64_t packed_rows;    // of a
  int64_t first_row;      // of this task
  int64_t rows;           // of this task
  int64_t tile_rows;      // rows that are multiplied at once, at most kTileRows
  int64_t k;              // input width
  const char* b;          // the panel
  const char* next_b;     // what this thread reads next, by all odds
  int64_t columns;        // valid columns of the panel
  float* out;             // row first_row, first column of the panel
  int64_t out_stride;     // elements from row to row
  const float* bias;      // of the panel's columns, or null
  float scale;            // with add
  bool add;               // out += scale·product, else out = product + bias
  // Of quantised rows, from first_row on, and columns.
  const float* row_scales;
  const int32_t* row_sums;
  const float* column_scales;
  float* sums;            // kLinearRows · kPanel floats
};

// The product with weights of one format. Its unit is the step: the values of k that lie together
// in a column of a panel (see panel.h).
struct LinearKernels {
  // Bytes that a row's piece takes in PackTask::a.
  int64_t row_bytes;
  void (*pack_rows)(const PackTask* task, int64_t first_row, int64_t end_row);
  void (*multiply)(const LinearTask* task);
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
  LinearKernels linear_f32;
  LinearKernels linear_bf16;
  LinearKernels linear_int8;
  LinearKernels linear_int4;
  // The n values of a row as scale·integer, integers -127 .. 127; out[n ..] up to a multiple of 4 is
  // 0. A row with a value that is not finite has the scale NaN and integers 0. Returns the scale.
  float (*quantize_row)(int8_t* out, const float* x, int64_t n);

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
