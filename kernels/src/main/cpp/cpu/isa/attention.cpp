// Attention of a group of rows over blocks of kPanel tokens: scores, running softmax and output
// stay in tiles, so no more than a tile of scores ever exists.
#include "attention_rows.h"
#include "attention_tiles.h"
#include "kernel_list.h"

namespace xc {
namespace {

// Up to here the keys and values set the pace, beyond the products do.
constexpr int64_t kFewRows = 2 * kTileRows;

void start(const AttentionTask& task) {
  for (int64_t row = 0; row < task.rows; row++) {
    task.maximum[row] = -INFINITY;
    task.sum[row] = 0.0f;
  }
  memset(task.output, 0, static_cast<size_t>(task.rows * task.padded_d) * sizeof(float));
}

template <class T>
const T* block_at(const AttentionTask& task, const char* data, int64_t token) {
  return reinterpret_cast<const T*>(data + task.table[token / kPanel] * task.block_stride);
}

template <class Kind>
void few_rows(const AttentionTask& task, float* memory) {
  using B = typename Kind::B;
  FewRows<Kind> rows(task, memory);
  for (int64_t token = task.first_token; token < task.end_token; token += kPanel) {
    const int64_t next = token + kPanel < task.end_token ? token + kPanel : token;
    rows.block(token, {block_at<B>(task, task.keys, token), block_at<B>(task, task.values, token),
                       block_at<B>(task, task.keys, next), block_at<B>(task, task.values, next)});
  }
}

// Operands as they lie in the cache.
template <class Kind>
void many_rows(const AttentionTask& task, float* memory) {
  constexpr int64_t kRowStep = is_dot<Kind>() ? 2 : 1;
  ManyRows<Kind> rows(task, memory);
  for (int64_t token = task.first_token; token < task.end_token; token += kPanel) {
    rows.block(token, {block_at<typename Kind::A>(task, task.keys, token), kRowStep,
                       kRowStep * kPanel, block_at<typename Kind::B>(task, task.values, token)});
  }
}

#if !defined(__AVX512BF16__)
// Pairs of two rows of n values to the rows.
void widen_pairs(float* to, const uint16_t* pairs, int64_t rows, int64_t n) {
  for (int64_t row = 0; row < rows; row += 2) {
    for (int64_t i = 0; i < n; i += kLanes) {
      const IntVec both = load_int(pairs + row * n + 2 * i);
      store(to + row * n + i, from_bits(both << 16));
      store(to + (row + 1) * n + i, from_bits(both & static_cast<int32_t>(0xffff0000)));
    }
  }
}

// Without bf16 products: each block is widened once for all rows.
void many_rows_widened(const AttentionTask& task, float* memory) {
  float* keys = memory;
  float* values = keys + task.d * kPanel;
  ManyRows<F32> rows(task, values + kPanel * task.padded_d);
  for (int64_t token = task.first_token; token < task.end_token; token += kPanel) {
    widen_pairs(keys, block_at<uint16_t>(task, task.keys, token), task.d, kPanel);
    widen_pairs(values, block_at<uint16_t>(task, task.values, token), kPanel, task.padded_d);
    rows.block(token, {keys, 1, kPanel, values});
  }
}
#endif

}  // namespace

namespace XC_ISA {

void attention_f32(const AttentionTask* task, float* scratch) {
  start(*task);
  if (task->rows <= kFewRows) {
    few_rows<F32>(*task, scratch);
  } else {
    many_rows<F32>(*task, scratch);
  }
}

void attention_bf16(const AttentionTask* task, float* scratch) {
  start(*task);
  if (task->rows <= kFewRows) {
    few_rows<Half>(*task, scratch);
  } else {
#if defined(__AVX512BF16__)
    many_rows<Dot>(*task, scratch);
#else
    many_rows_widened(*task, scratch);
#endif
  }
}

void attention_rows(const AttentionTask* task, float* scratch) {
  start(*task);
  float* values = scratch;
  ManyRows<F32> rows(*task, values + kPanel * task->padded_d);
  for (int64_t token = 0; token < task->tokens; token += kPanel) {
    const int64_t tokens = task->tokens - token < kPanel ? task->tokens - token : kPanel;
    const float* from = reinterpret_cast<const float*>(task->values) + token * task->kv_stride;
    // Side by side: a block's values in place would fall on the same few sets of the cache.
    for (int64_t t = 0; t < tokens; t++) {
      for (int64_t d = 0; d < task->padded_d; d++) {
        values[t * task->padded_d + d] = d < task->d ? from[t * task->kv_stride + d] : 0.0f;
      }
    }
    const float* keys = reinterpret_cast<const float*>(task->keys) + token * task->kv_stride;
    rows.block(token, {keys, task->kv_stride, 1, values});
  }
}

}  // namespace XC_ISA
}  // namespace xc
