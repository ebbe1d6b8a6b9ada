// Attention of few rows, as in decoding: keys and values stream past once, tokens lie along the
// vectors.
#pragma once

#include "softmax.h"

namespace xc {
namespace {

XC_INLINE void put(float* to, float value) { *to = value; }
XC_INLINE void put(uint16_t* to, float value) { *to = static_cast<uint16_t>(bf16_bits(value)); }

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

  // Where the blocks that follow go.
  void use(const AttentionState& state) { state_ = state; }

  void block(int64_t token, const Block<B>& block) {
    for (int64_t tile = 0; tile < task_.rows; tile += kTileRows) {
      with_rows(task_.rows - tile, [&](auto m) {
        constexpr int MR = decltype(m)::value;
        // The first tile fetches for all.
        if (tile == 0) {
          this->template tile_times_block<MR, kAheadLines>(tile, token, block);
        } else {
          this->template tile_times_block<MR, 0>(tile, token, block);
        }
      });
    }
  }

 private:
  // Tiles of kTileRows rows: (d, row), pairs of d together for Dot.
  void pack_queries() {
    A* to = queries_;
    for (int64_t tile = 0; tile < task_.rows; tile += kTileRows, to += task_.d * kTileRows) {
      for (int64_t i = 0; i < kTileRows && tile + i < task_.rows; i++) {
        const float* q = task_.queries[tile + i];
        for (int64_t d = 0; d < task_.d; d++) {
          const int64_t at =
              is_dot<Kind>() ? (d / 2 * kTileRows + i) * 2 + d % 2 : d * kTileRows + i;
          put(to + at, q[d] * (task_.scale * kLog2E));
        }
      }
    }
  }

  template <int MR, int Lines>
  void tile_times_block(int64_t tile, int64_t token, const Block<B>& block) {
    const int64_t last = task_.seen[tile + MR - 1] - token;
    if (last <= 0) {
      return;
    }
    score_tile<MR, Lines>(queries_ + tile * task_.d, block);
    hide<MR>(task_.seen + tile, token);
    // 16 lanes hold a tile on every code path.
    float factors[16];
    softmax<MR>(tile, factors);
    const int64_t tokens =
        last < kPanel ? (last + Kind::kPair - 1) / Kind::kPair * Kind::kPair : kPanel;
    for (int64_t column = 0; column < task_.padded_d; column += kTileColumns) {
      with_vectors((task_.padded_d - column) / kLanes, [&](auto n) {
        this->template value_tile<MR, decltype(n)::value, Lines>(
            block, tokens, column, factors, state_.output + tile * task_.padded_d + column);
      });
    }
  }

  template <int MR, int Lines>
  void score_tile(const A* queries, const Block<B>& block) {
    constexpr int64_t kRowStep = is_dot<Kind>() ? 2 : 1;
    for (int64_t column = 0; column < kPanel; column += kTileColumns) {
      Vec acc[MR][kTileVectors] = {};
      const Ahead ahead = {
          reinterpret_cast<const char*>(block.next_keys + column * Kind::kPair), kPanel * 4, 0};
      Kind::template accumulate<MR, kTileVectors, Lines>(
          acc, queries, kRowStep, kRowStep * kTileRows, block.keys + column * Kind::kPair, kPanel,
          task_.d, ahead);
      XC_UNROLL for (int i = 0; i < MR; i++) {
        XC_UNROLL for (int j = 0; j < kTileVectors; j++) {
          store(scores_ + i * kPanel + column + j * kLanes, acc[i][j]);
        }
      }
    }
  }

  // Scores of tokens that a row does not see become -infinity.
  template <int MR>
  void hide(const int64_t* seen, int64_t token) {
    for (int i = 0; i < MR; i++) {
      for (int64_t t = seen[i] < token ? 0 : seen[i] - token; t < kPanel; t++) {
        scores_[i * kPanel + t] = -INFINITY;
      }
    }
  }

  // Scores to weights; maximum and sum brought up to date.
  template <int MR>
  void softmax(int64_t tile, float* factors) {
    float before[16] = {};
    float maximum[16] = {};
    XC_UNROLL for (int i = 0; i < MR; i++) {
      Vec most = load(scores_ + i * kPanel);
      XC_UNROLL for (int j = 1; j < kPanel / kLanes; j++) {
        most = max(load(scores_ + i * kPanel + j * kLanes), most);
      }
      const float block = max_across(most);
      before[i] = state_.maximum[tile + i];
      maximum[i] = block > before[i] ? block : before[i];
    }
    for (int i = 0; i < MR; i += kLanes) {
      store(factors + i, rescale<Kind>(load(before + i), load(maximum + i)));
    }
    XC_UNROLL for (int i = 0; i < MR; i++) {
      const float sum = weigh_row(i, shift_of(splat(maximum[i])));
      state_.maximum[tile + i] = maximum[i];
      state_.sum[tile + i] = multiply_add(state_.sum[tile + i], factors[i], sum);
    }
  }

  // Row i of the scores to weights; returns their sum.
  float weigh_row(int64_t i, Vec shift) {
    const float* scores = scores_ + i * kPanel;
    Vec total = {};
    XC_UNROLL for (int j = 0; j < kPanel / kLanes; j += 2) {
      const Vec a = power<Kind>(load(scores + j * kLanes) - shift);
      const Vec b = power<Kind>(load(scores + (j + 1) * kLanes) - shift);
      total += a;
      total += b;
      store_weights(weights_ + i * kPanel + j * kLanes, a, b);
    }
    return sum_across(total);
  }

  // output = output·factor + weights·values.
  template <int MR, int NC, int Lines>
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
    Kind::template accumulate<MR, NC, Lines>(acc, weights_, kPanel, kStep,
                                             block.values + column * Kind::kPair, d, tokens,
                                             ahead);
    XC_UNROLL for (int i = 0; i < MR; i++) {
      XC_UNROLL for (int j = 0; j < NC; j++) { store(output + i * d + j * kLanes, acc[i][j]); }
    }
  }

  // Lines of a tile's columns at a step: the next block comes in as this one passes by.
  static constexpr int kAheadLines = kTileColumns * 4 / 64;

  const AttentionTask& task_;
  AttentionState state_ = {};
  float* scores_;  // (kTileRows, kPanel)
  A* weights_;     // (kTileRows, kPanel): 2^(score - maximum)
  A* queries_;     // (rows, d) in tiles
};

}  // namespace
}  // namespace xc
