// Attention of few rows, as in decoding: keys and values stream past once, tokens lie along the
// vectors.
#pragma once

#include "product.h"

namespace xc {
namespace {

template <class Kind>
constexpr bool is_dot() {
  return sizeof(typename Kind::A) == 2;
}

XC_INLINE void put(float* to, float value) { *to = value; }
XC_INLINE void put(uint16_t* to, float value) { *to = static_cast<uint16_t>(bf16_bits(value)); }

// Tokens from `token` on that a row sees; may be negative or above kPanel.
XC_INLINE int64_t tokens_seen(const AttentionTask& task, int64_t row, int64_t token) {
  const int64_t seen = task.position < 0 ? task.tokens : task.position + row / task.group + 1;
  return seen - token;
}

// The first value of a row of the task's queries.
XC_INLINE const float* query(const AttentionTask& task, int64_t row) {
  return task.q + row / task.group * task.q_stride + row % task.group * task.d;
}

// What scores have subtracted before exp: nothing while the row has seen no token.
XC_INLINE float shift_of(float maximum) { return maximum == -INFINITY ? 0.0f : maximum; }

// Keys and values of a block, and of the one that follows, to be fetched meanwhile.
template <class B>
struct Block {
  const B* keys;
  const B* values;
  const B* next_keys;
  const B* next_values;
};

template <class Kind>
class FewRows {
  using A = typename Kind::A;
  using B = typename Kind::B;

 public:
  FewRows(const AttentionTask& task, float* memory)
      : task_(task),
        scores_(memory),
        weights_(reinterpret_cast<A*>(memory + kTileRows * kPanel)),
        queries_(reinterpret_cast<A*>(memory + 2 * kTileRows * kPanel)) {
    pack_queries();
  }

  void block(int64_t token, const Block<B>& block) {
    for (int64_t tile = 0; tile < task_.rows; tile += kTileRows) {
      with_rows(task_.rows - tile, [&](auto m) {
        this->template tile_times_block<decltype(m)::value>(tile, token, block);
      });
    }
  }

 private:
  // Tiles of kTileRows rows: (d, row), pairs of d together for Dot.
  void pack_queries() {
    A* to = queries_;
    for (int64_t tile = 0; tile < task_.rows; tile += kTileRows, to += task_.d * kTileRows) {
      for (int64_t i = 0; i < kTileRows && tile + i < task_.rows; i++) {
        const float* q = query(task_, task_.first_row + tile + i);
        for (int64_t d = 0; d < task_.d; d++) {
          const int64_t at =
              is_dot<Kind>() ? (d / 2 * kTileRows + i) * 2 + d % 2 : d * kTileRows + i;
          put(to + at, q[d] * task_.scale);
        }
      }
    }
  }

  template <int MR>
  void tile_times_block(int64_t tile, int64_t token, const Block<B>& block) {
    const int64_t last = tokens_seen(task_, task_.first_row + tile + MR - 1, token);
    if (last <= 0) {
      return;
    }
    score_tile<MR>(queries_ + tile * task_.d, block);
    // The factor for what a row has summed up so far; 16 lanes hold a tile on every code path.
    float factors[16] = {};
    float sums[MR];
    for (int i = 0; i < MR; i++) {
      float* maximum = task_.maximum + tile + i;
      const float before = *maximum;
      sums[i] = softmax_row(i, tokens_seen(task_, task_.first_row + tile + i, token), maximum);
      factors[i] = before == *maximum ? 0.0f : before - *maximum;
    }
    for (int i = 0; i < MR; i += kLanes) {
      store(factors + i, exp(load(factors + i)));
    }
    for (int i = 0; i < MR; i++) {
      task_.sum[tile + i] = task_.sum[tile + i] * factors[i] + sums[i];
    }
    const int64_t tokens =
        last < kPanel ? (last + Kind::kPair - 1) / Kind::kPair * Kind::kPair : kPanel;
    for (int64_t column = 0; column < task_.padded_d; column += kTileColumns) {
      with_vectors((task_.padded_d - column) / kLanes, [&](auto n) {
        this->template value_tile<MR, decltype(n)::value>(
            block, tokens, column, factors, task_.output + tile * task_.padded_d + column);
      });
    }
  }

  template <int MR>
  void score_tile(const A* queries, const Block<B>& block) {
    constexpr int64_t kRowStep = is_dot<Kind>() ? 2 : 1;
    for (int64_t column = 0; column < kPanel; column += kTileColumns) {
      Vec acc[MR][kTileVectors] = {};
      const Ahead ahead = {
          reinterpret_cast<const char*>(block.next_keys + column * Kind::kPair), kPanel * 4, 0};
      Kind::template accumulate<MR, kTileVectors, kAheadLines>(
          acc, queries, kRowStep, kRowStep * kTileRows, block.keys + column * Kind::kPair, kPanel,
          task_.d, ahead);
      XC_UNROLL for (int i = 0; i < MR; i++) {
        XC_UNROLL for (int j = 0; j < kTileVectors; j++) {
          store(scores_ + i * kPanel + column + j * kLanes, acc[i][j]);
        }
      }
    }
  }

  // Row i of the scores, of which `seen` count, to weights; returns their sum.
  float softmax_row(int64_t i, int64_t seen, float* maximum) {
    float* scores = scores_ + i * kPanel;
    for (int64_t t = seen < 0 ? 0 : seen; t < kPanel; t++) {
      scores[t] = -INFINITY;
    }
    Vec most = load(scores);
    XC_UNROLL for (int j = 1; j < kPanel / kLanes; j++) {
      most = max(load(scores + j * kLanes), most);
    }
    const float block = max_lanes(most);
    *maximum = block > *maximum ? block : *maximum;
    const float shift = shift_of(*maximum);
    Vec total = {};
    XC_UNROLL for (int j = 0; j < kPanel / kLanes; j += 2) {
      const Vec a = exp(load(scores + j * kLanes) - shift);
      const Vec b = exp(load(scores + (j + 1) * kLanes) - shift);
      total += a + b;
      store_weights(weights_ + i * kPanel + j * kLanes, a, b);
    }
    return sum_lanes(total);
  }

  static void store_weights(float* to, Vec a, Vec b) {
    store(to, a);
    store(to + kLanes, b);
  }

  static void store_weights(uint16_t* to, Vec a, Vec b) {
#if defined(__AVX512BF16__)
    _mm512_storeu_si512(to, (__m512i)_mm512_cvtne2ps_pbh((__m512)b, (__m512)a));
#else
    for (int i = 0; i < kLanes; i++) {
      put(to + i, a[i]);
      put(to + kLanes + i, b[i]);
    }
#endif
  }

  // output = output·factor + weights·values.
  template <int MR, int NC>
  void value_tile(const Block<B>& block, int64_t tokens, int64_t column, const float* factors,
                  float* output) {
    constexpr int64_t kStep = is_dot<Kind>() ? 2 : 1;
    const int64_t d = task_.padded_d;
    Vec acc[MR][NC];
    XC_UNROLL for (int i = 0; i < MR; i++) {
      XC_UNROLL for (int j = 0; j < NC; j++) {
        acc[i][j] = load(output + i * d + j * kLanes) * factors[i];
      }
    }
    const Ahead ahead = {
        reinterpret_cast<const char*>(block.next_values + column * Kind::kPair), d * 4, 0};
    Kind::template accumulate<MR, NC, kAheadLines>(acc, weights_, kPanel, kStep,
                                                   block.values + column * Kind::kPair, d, tokens,
                                                   ahead);
    XC_UNROLL for (int i = 0; i < MR; i++) {
      XC_UNROLL for (int j = 0; j < NC; j++) { store(output + i * d + j * kLanes, acc[i][j]); }
    }
  }

  // Lines of a tile's columns at a step: the next block comes in as this one passes by.
  static constexpr int kAheadLines = kTileColumns * 4 / 64;

  const AttentionTask& task_;
  float* scores_;  // (kTileRows, kPanel)
  A* weights_;     // (kTileRows, kPanel): exp(score - maximum)
  A* queries_;     // (rows, d) in tiles
};

}  // namespace
}  // namespace xc
