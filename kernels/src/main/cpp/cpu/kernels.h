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
