// Attention of a group of rows over blocks of kPanel tokens: scores, running softmax and output
// stay in tiles of kTileRows rows, so no more than a tile of scores ever exists.
#include "kernel_list.h"
#include "product.h"

namespace xc {
namespace {

template <class Kind>
struct Scratch {
  using A = typename Kind::A;

  Scratch(const AttentionTask& task, float* memory)
      : scores(memory),
        weights(reinterpret_cast<A*>(memory + kTileRows * kPanel)),
        keys(memory + 2 * kTileRows * kPanel),
        values(keys + task.padded_d * kPanel),
        queries(reinterpret_cast<A*>(values + task.padded_d * kPanel)) {}

  float* scores;   // (kTileRows, kPanel)
  A* weights;      // (kTileRows, kPanel): exp(score - maximum), as the second product takes it
  float* keys;     // (d, kPanel), without a cache
  float* values;   // (kPanel, padded_d), without a cache
  A* queries;      // tiles: (d, kTileRows), in pairs of d for Dot
};

template <class Kind>
constexpr bool is_dot() {
  return sizeof(typename Kind::A) == 2;
}

XC_INLINE void put(float* to, float value) { *to = value; }
XC_INLINE void put(uint16_t* to, float value) { *to = static_cast<uint16_t>(bf16_bits(value)); }

// Scaled queries of all rows of the task, tile by tile.
template <class Kind>
void pack_queries(const AttentionTask& task, typename Kind::A* to) {
  for (int64_t tile = 0; tile < task.rows; tile += kTileRows, to += task.d * kTileRows) {
    for (int64_t i = 0; i < kTileRows && tile + i < task.rows; i++) {
      const int64_t row = task.first_row + tile + i;
      const float* q = task.q + row / task.group * task.q_stride + row % task.group * task.d;
      for (int64_t d = 0; d < task.d; d++) {
        const int64_t at = is_dot<Kind>() ? (d / 2 * kTileRows + i) * 2 + d % 2 : d * kTileRows + i;
        put(to + at, q[d] * task.scale);
      }
    }
  }
}

template <class Kind, int MR>
void score_tile(const typename Kind::A* queries, const typename Kind::B* keys, int64_t d,
                float* scores) {
  constexpr int64_t kRowStep = is_dot<Kind>() ? 2 : 1;
  constexpr int64_t kStep = is_dot<Kind>() ? 2 * kTileRows : kTileRows;
  for (int64_t column = 0; column < kPanel; column += kTileColumns) {
    Vec acc[MR][kTileVectors] = {};
    Kind::template accumulate<MR, kTileVectors, kRowStep, kStep>(
        acc, queries, keys + column * Kind::kPair, kPanel, d);
    XC_UNROLL for (int i = 0; i < MR; i++) {
      XC_UNROLL for (int j = 0; j < kTileVectors; j++) {
        store(scores + i * kPanel + column + j * kLanes, acc[i][j]);
      }
    }
  }
}

XC_INLINE void store_weights(float* to, Vec a, Vec b) {
  store(to, a);
  store(to + kLanes, b);
}

XC_INLINE void store_weights(uint16_t* to, Vec a, Vec b) {
#if defined(__AVX512BF16__)
  _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh((__m512)b, (__m512)a));
#else
  for (int i = 0; i < kLanes; i++) {
    put(to + i, a[i]);
    put(to + kLanes + i, b[i]);
  }
#endif
}

// One row of scores, of which `valid` count, to weights; returns the factor for what the row has
// summed up so far.
template <class A>
float softmax_row(float* scores, int64_t valid, float* maximum, float* sum, A* weights) {
  constexpr int kVectors = kPanel / kLanes;
  if (valid < kPanel) {
    for (int64_t i = valid < 0 ? 0 : valid; i < kPanel; i++) {
      scores[i] = -INFINITY;
    }
  }
  Vec most = load(scores);
  for (int j = 1; j < kVectors; j++) {
    const Vec v = load(scores + j * kLanes);
    most = v > most ? v : most;
  }
  const float before = *maximum;
  const float block = max_lanes(most);
  const float now = block > before ? block : before;
  // A row without a token here has no maximum to subtract: its weights are zero.
  const float shift = valid > 0 ? now : 0.0f;
  Vec total = {};
  for (int j = 0; j < kVectors; j += 2) {
    const Vec a = exp(load(scores + j * kLanes) - shift);
    const Vec b = exp(load(scores + (j + 1) * kLanes) - shift);
    total += a + b;
    store_weights(weights + j * kLanes, a, b);
  }
  const float factor = valid > 0 && before != now ? scalar_exp(before - now) : 1.0f;
  *maximum = now;
  *sum = *sum * factor + sum_lanes(total);
  return factor;
}

// output = output·factor + weights·values, MR rows.
template <class Kind, int MR, int NC>
void value_tile(const typename Kind::A* weights, const typename Kind::B* values, int64_t tokens,
                int64_t padded_d, const float* factors, float* output) {
  constexpr int64_t kStep = is_dot<Kind>() ? 2 : 1;
  Vec acc[MR][NC];
  XC_UNROLL for (int i = 0; i < MR; i++) {
    XC_UNROLL for (int j = 0; j < NC; j++) {
      acc[i][j] = load(output + i * padded_d + j * kLanes) * factors[i];
    }
  }
  Kind::template accumulate<MR, NC, kPanel, kStep>(acc, weights, values, padded_d, tokens);
  XC_UNROLL for (int i = 0; i < MR; i++) {
    XC_UNROLL for (int j = 0; j < NC; j++) {
      store(output + i * padded_d + j * kLanes, acc[i][j]);
    }
  }
}

// Tokens of the block at `token` that a row sees; may be negative or above kPanel.
XC_INLINE int64_t tokens_seen(const AttentionTask& task, int64_t row, int64_t token) {
  const int64_t seen = task.position < 0 ? task.tokens : task.position + row / task.group + 1;
  return seen - token;
}

template <class Kind, int MR>
void tile_times_block(const AttentionTask& task, int64_t tile, int64_t token,
                      const typename Kind::B* keys, const typename Kind::B* values,
                      const Scratch<Kind>& scratch) {
  const int64_t last = tokens_seen(task, task.first_row + tile + MR - 1, token);
  if (last <= 0) {
    return;
  }
  score_tile<Kind, MR>(scratch.queries + tile * task.d, keys, task.d, scratch.scores);
  float factors[MR];
  for (int i = 0; i < MR; i++) {
    factors[i] = softmax_row(scratch.scores + i * kPanel,
                             tokens_seen(task, task.first_row + tile + i, token),
                             task.maximum + tile + i, task.sum + tile + i,
                             scratch.weights + i * kPanel);
  }
  const int64_t tokens = last < kPanel ? (last + Kind::kPair - 1) / Kind::kPair * Kind::kPair : kPanel;
  for (int64_t column = 0; column < task.padded_d; column += kTileColumns) {
    with_vectors((task.padded_d - column) / kLanes, [&](auto n) {
      value_tile<Kind, MR, decltype(n)::value>(scratch.weights, values + column * Kind::kPair,
                                               tokens, task.padded_d, factors,
                                               task.output + tile * task.padded_d + column);
    });
  }
}

template <class Kind>
void rows_times_block(const AttentionTask& task, int64_t token, const typename Kind::B* keys,
                      const typename Kind::B* values, const Scratch<Kind>& scratch) {
  for (int64_t tile = 0; tile < task.rows; tile += kTileRows) {
    with_rows(task.rows - tile, [&](auto m) {
      tile_times_block<Kind, decltype(m)::value>(task, tile, token, keys, values, scratch);
    });
  }
}

// (tokens, d) to (d, kPanel) and (kPanel, padded_d), the missing ones zero.
void pack_block(const AttentionTask& task, int64_t token, float* keys, float* values) {
  const int64_t tokens = task.tokens - token < kPanel ? task.tokens - token : kPanel;
  for (int64_t t = 0; t < kPanel; t++) {
    const int64_t at = (token + t) * task.kv_stride;
    const float* key = reinterpret_cast<const float*>(task.keys) + at;
    const float* value = reinterpret_cast<const float*>(task.values) + at;
    for (int64_t d = 0; d < task.d; d++) {
      keys[d * kPanel + t] = t < tokens ? key[d] : 0.0f;
    }
    for (int64_t d = 0; d < task.padded_d; d++) {
      values[t * task.padded_d + d] = t < tokens && d < task.d ? value[d] : 0.0f;
    }
  }
}

XC_INLINE void start(const AttentionTask& task) {
  for (int64_t row = 0; row < task.rows; row++) {
    task.maximum[row] = -INFINITY;
    task.sum[row] = 0.0f;
  }
  memset(task.output, 0, static_cast<size_t>(task.rows * task.padded_d) * sizeof(float));
}

template <class Kind>
void attention_blocks(const AttentionTask& task, float* memory) {
  using B = typename Kind::B;
  const Scratch<Kind> scratch(task, memory);
  start(task);
  pack_queries<Kind>(task, scratch.queries);
  for (int64_t token = task.first_token; token < task.end_token; token += kPanel) {
    const int64_t block = task.table[token / kPanel] * task.block_stride;
    rows_times_block<Kind>(task, token, reinterpret_cast<const B*>(task.keys + block),
                           reinterpret_cast<const B*>(task.values + block), scratch);
  }
}

}  // namespace

namespace XC_ISA {

void attention_f32(const AttentionTask* task, float* scratch) {
  attention_blocks<F32>(*task, scratch);
}

void attention_bf16(const AttentionTask* task, float* scratch) {
  attention_blocks<Half>(*task, scratch);
}

void attention_rows(const AttentionTask* task, float* memory) {
  const Scratch<F32> scratch(*task, memory);
  start(*task);
  pack_queries<F32>(*task, scratch.queries);
  for (int64_t token = 0; token < task->tokens; token += kPanel) {
    pack_block(*task, token, scratch.keys, scratch.values);
    rows_times_block<F32>(*task, token, scratch.keys, scratch.values, scratch);
  }
}

}  // namespace XC_ISA
}  // namespace xc
