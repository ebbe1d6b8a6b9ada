// Attention of a group of rows over blocks of kPanel tokens: scores, running softmax and output
// stay in tiles, so no more than a tile of scores ever exists.
#include "attention_pack.h"
#include "attention_rows.h"
#include "attention_tiles.h"
#include "kernel_list.h"

namespace xc {
namespace {

// Up to here the keys and values set the pace, beyond the products do.
constexpr int64_t kFewRows = 4 * kTileRows;

void start(const AttentionState& state, const AttentionTask& task) {
  for (int64_t row = 0; row < padded_rows(task.rows); row++) {
    state.maximum[row] = -INFINITY;
    state.sum[row] = 0.0f;
  }
  memset(state.output, 0, static_cast<size_t>(task.rows * task.padded_d) * sizeof(float));
}

void join(const AttentionState& total, const AttentionState& next, int64_t rows,
          int64_t padded_d) {
  for (int64_t row = 0; row < rows; row++) {
    if (next.sum[row] == 0.0f) {
      continue;  // the row sees nothing of that span
    }
    const float before = total.maximum[row];
    const float other = next.maximum[row];
    const float most = other > before ? other : before;
    const Vec mine = rescale<F32>(splat(before), splat(most));
    const Vec theirs = rescale<F32>(splat(other), splat(most));
    total.maximum[row] = most;
    total.sum[row] = multiply_add(total.sum[row], mine[0], next.sum[row] * theirs[0]);
    float* to = total.output + row * padded_d;
    const float* from = next.output + row * padded_d;
    for (int64_t i = 0; i < padded_d; i += kLanes) {
      store(to + i, multiply_add(load(to + i), mine, load(from + i) * theirs));
    }
  }
}

// Runs run_span(first, end) on each span, with a state of its own.
template <class Rows, class RunSpan>
void each_span(const AttentionTask& task, Rows* rows, RunSpan run_span) {
  for (int64_t first = task.first_token; first < task.end_token; first += kSpanTokens) {
    const int64_t end = first + kSpanTokens < task.end_token ? first + kSpanTokens : task.end_token;
    const AttentionState& state = first == task.first_token ? task.state : task.next;
    start(state, task);
    rows->use(state);
    run_span(first, end);
    if (first > task.first_token) {
      join(task.state, task.next, task.rows, task.padded_d);
    }
  }
}

template <class T>
const T* block_at(const AttentionTask& task, const char* data, int64_t token) {
  return reinterpret_cast<const T*>(data + task.table[token / kPanel] * task.block_stride);
}

template <class Kind>
void few_rows(const AttentionTask& task, float* memory) {
  using B = typename Kind::B;
  FewRows<Kind> rows(task, memory);
  each_span(task, &rows, [&](int64_t first, int64_t end) {
    for (int64_t token = first; token < end; token += kPanel) {
      const int64_t next = token + kPanel < task.end_token ? token + kPanel : token;
      rows.block(token,
                 {block_at<B>(task, task.keys, token), block_at<B>(task, task.values, token),
                  block_at<B>(task, task.keys, next), block_at<B>(task, task.values, next)});
    }
  });
}

// Operands as they lie in the cache.
template <class Kind>
void many_rows(const AttentionTask& task, float* memory) {
  constexpr int64_t kRowStep = is_dot<Kind>() ? 2 : 1;
  ManyRows<Kind> rows(task, memory);
  each_span(task, &rows, [&](int64_t first, int64_t end) {
    rows.run(first, end, [&](int64_t token) {
      return KeyBlock<Kind>{block_at<typename Kind::A>(task, task.keys, token), kRowStep,
                            kRowStep * kPanel,
                            block_at<typename Kind::B>(task, task.values, token)};
    });
  });
}

#if !defined(__AVX512BF16__)
// Without bf16 products: a span is widened once for all rows.
void many_rows_widened(const AttentionTask& task, float* memory) {
  float* keys = memory;
  float* values = keys + kSpanTokens * task.d;
  ManyRows<F32> rows(task, values + kSpanTokens * task.padded_d);
  each_span(task, &rows, [&](int64_t first, int64_t end) {
    for (int64_t token = first; token < end; token += kPanel) {
      const int64_t at = token - first;
      widen_pairs(keys + at * task.d, block_at<uint16_t>(task, task.keys, token), task.d, kPanel);
      widen_pairs(values + at * task.padded_d, block_at<uint16_t>(task, task.values, token),
                  kPanel, task.padded_d);
    }
    rows.run(first, end, [&](int64_t token) {
      const int64_t at = token - first;
      return KeyBlock<F32>{keys + at * task.d, 1, kPanel, values + at * task.padded_d};
    });
  });
}
#endif

template <class Kind>
void view_rows(const ViewTask& view, const AttentionTask& task, float* scratch) {
  const PackedSpan<Kind> span(scratch, task);
  ManyRows<Kind> rows(task, scratch + PackedSpan<Kind>::size(task));
  each_span(task, &rows, [&](int64_t first, int64_t end) {
    pack_view(span, view, task, first, end);
    rows.run(first, end, [&](int64_t token) { return span.block(task, token - first); });
  });
}

}  // namespace

namespace XC_ISA {

void attention_f32(const AttentionTask* task, float* scratch) {
  if (task->rows <= kFewRows) {
    few_rows<F32>(*task, scratch);
  } else {
    many_rows<F32>(*task, scratch);
  }
}

void attention_bf16(const AttentionTask* task, float* scratch) {
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

void attention_view_f32(const ViewTask* view, const AttentionTask* task, float* scratch) {
  view_rows<F32>(*view, *task, scratch);
}

void attention_view_bf16(const ViewTask* view, const AttentionTask* task, float* scratch) {
#if defined(__AVX512BF16__)
  view_rows<Dot>(*view, *task, scratch);
#else
  view_rows<F32>(*view, *task, scratch);
#endif
}

void attention_join(const AttentionState* total, const AttentionState* next, int64_t rows,
                    int64_t padded_d) {
  join(*total, *next, rows, padded_d);
}

void attention_finish(float* out, float sum, const float* output, int64_t d) {
  const float scale = 1.0f / sum;
  for (int64_t i = 0; i < d; i++) {
    out[i] = output[i] * scale;
  }
}

}  // namespace XC_ISA
}  // namespace xc
