// The inner kernels, compiled once for each code path. Plain data and function pointers only: the
// objects of the code paths share no inline code with the rest, so that no instruction of a newer
// processor reaches an older one.
#pragma once

#include <stdint.h>

namespace xc {

// Rows of a tile of a product: what the registers of the widest code path hold.
constexpr int64_t kTileRows = 6;
// Columns of a panel of a packed weight, and tokens of a key/value block.
constexpr int64_t kPanel = 64;
// Rows that attention takes through the keys together.
constexpr int64_t kAttentionRows = 192;
// Bytes of each thread's scratch: the running state of attention and its scratch, or
// LinearTask::sums.
constexpr int64_t kScratchBytes = INT64_C(1) << 20;
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

// Rows of one key/value head of one sequence, against some of its blocks.
struct AttentionTask {
  const float* q;            // row 0, the first query head of the group
  int64_t q_stride;          // elements from token to token
  int64_t group;             // query heads of the key/value head: row r is token r/group
  int64_t d;                 // head size
  int64_t padded_d;          // rounded up to 16
  float scale;
  int64_t first_row;
  int64_t rows;              // at most kAttentionRows
  int64_t position;          // of token 0; negative: no mask, all rows see `tokens` tokens
  int64_t tokens;            // tokens that exist
  int64_t first_token;       // the span of this task, a multiple of kPanel
  int64_t end_token;
  // Blocks of a cache: keys of block i are at keys + table[i]·block_stride.
  const char* keys;
  const char* values;
  const int32_t* table;
  int64_t block_stride;
  // Without a table: rows of f32 keys and values, kv_stride elements apart.
  int64_t kv_stride;
  // Running state of the rows: maximum (rows), sum (rows), unscaled output (rows, padded_d).
  float* maximum;
  float* sum;
  float* output;
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

  // ---- attention: a task's rows against its span, state started anew. scratch: queries,
  // keys and values of a block and scores, at most kAttentionRows·d + 2·kPanel·padded_d +
  // 3/2·kPanel·kPanel floats.
  void (*attention_f32)(const AttentionTask* task, float* scratch);
  void (*attention_bf16)(const AttentionTask* task, float* scratch);
  // Keys and values without a cache.
  void (*attention_rows)(const AttentionTask* task, float* scratch);

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
