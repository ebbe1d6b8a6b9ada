// Attention of many rows, as in prefill and in the tower: kPanel rows lie along the vectors, so the
// softmax of each runs down its lane, and a block's keys and values are used by all tiles. Each
// row gets the same bits as in attention_rows.h.
#pragma once

#include "attention_rows.h"

namespace xc {
namespace {

// Keys as the left operand: (token, d) at keys[token·row_step + d·step] (Dot: pairs of d).
template <class Kind>
struct KeyBlock {
  const typename Kind::A* keys;
  int64_t row_step;
  int64_t step;
  const typename Kind::B* values;  // (token, padded_d), pairs of tokens for Dot
};

template <class Kind>
class ManyRows {
  using A = typename Kind::A;
  using B = typename Kind::B;

 public:
  ManyRows(const AttentionTask& task, float* memory)
      : task_(task),
        scores_(memory),
        pairs_(reinterpret_cast<uint16_t*>(memory + kPanel * kPanel)),
        queries_(reinterpret_cast<B*>(memory + kPanel * kPanel * 3 / 2)) {
    pack_queries();
  }

  // Floats of the memory given to the constructor.
  static int64_t size(const AttentionTask& task) {
    return kPanel * kPanel * 3 / 2 + (task.rows + kPanel - 1) / kPanel * kPanel * task.d;
  }

  void block(int64_t token, const KeyBlock<Kind>& block) {
    for (int64_t tile = 0; tile < task_.rows; tile += kPanel) {
      const int64_t rows = task_.rows - tile < kPanel ? task_.rows - tile : kPanel;
      const int64_t last = tokens_seen(task_, task_.first_row + tile + rows - 1, token);
      if (last <= 0) {
        continue;
      }
      const int64_t tokens = last < kPanel ? last : kPanel;
      score_tile(tile, rows, tokens, block);
      float factors[kPanel];
      for (int64_t lane = 0; lane < rows; lane += kLanes) {
        softmax(tile, token, tokens, lane, rows, factors);
      }
      value_rows(tile, rows, tokens, factors, block.values);
    }
  }

 private:
  // Tiles of kPanel rows: (d, row), pairs of d together for Dot; missing rows are zero.
  void pack_queries() {
    B* to = queries_;
    for (int64_t tile = 0; tile < task_.rows; tile += kPanel, to += task_.d * kPanel) {
      for (int64_t i = 0; i < kPanel; i++) {
        const bool there = tile + i < task_.rows;
        const float* q = query(task_, there ? task_.first_row + tile + i : task_.first_row);
        const float scale = there ? task_.scale : 0.0f;
        for (int64_t d = 0; d < task_.d; d++) {
          put(to + (d / Kind::kPair * kPanel + i) * Kind::kPair + d % Kind::kPair,
              there ? q[d] * scale : 0.0f);
        }
      }
    }
  }

  // scores (token, row) of the tile.
  void score_tile(int64_t tile, int64_t rows, int64_t tokens, const KeyBlock<Kind>& block) {
    const B* queries = queries_ + tile * task_.d;
    for (int64_t t = 0; t < tokens; t += kTileRows) {
      for (int64_t lane = 0; lane < rows; lane += kTileColumns) {
        with_rows(tokens - t, [&](auto m) {
          with_vectors((rows - lane + kLanes - 1) / kLanes, [&](auto n) {
            constexpr int MR = decltype(m)::value;
            constexpr int NC = decltype(n)::value;
            Vec acc[MR][NC] = {};
            Kind::template accumulate<MR, NC, 0>(acc, block.keys + t * block.row_step,
                                                 block.row_step, block.step,
                                                 queries + lane * Kind::kPair, kPanel, task_.d,
                                                 Ahead{});
            XC_UNROLL for (int i = 0; i < MR; i++) {
              XC_UNROLL for (int j = 0; j < NC; j++) {
                store(scores_ + (t + i) * kPanel + lane + j * kLanes, acc[i][j]);
              }
            }
          });
        });
      }
    }
  }

  // kLanes rows: scores to weights, state and factors brought up to date.
  void softmax(int64_t tile, int64_t token, int64_t tokens, int64_t lane, int64_t rows,
               float* factors) {
    float* scores = scores_ + lane;
    hide(tile, token, tokens, lane, rows);
    const int64_t there = rows - lane < kLanes ? rows - lane : kLanes;
    const int64_t row = tile + lane;
    const Vec before = load_part(task_.maximum + row, there, -INFINITY);
    Vec most = before;
    for (int64_t t = 0; t < tokens; t++) {
      most = max(load(scores + t * kPanel), most);
    }
    const Vec shift = most == splat(-INFINITY) ? Vec{} : most;
    const Vec factor = exp(before == most ? Vec{} : before - most);
    for (int64_t t = 0; t < tokens; t++) {
      store(scores + t * kPanel, exp(load(scores + t * kPanel) - shift));
    }
    for (int64_t t = tokens; t < kPanel; t++) {
      store(scores + t * kPanel, Vec{});
    }
    const Vec sum = load_part(task_.sum + row, there, 0) * factor + sum_tokens(scores);
    store_part(task_.maximum + row, most, there);
    store_part(task_.sum + row, sum, there);
    store(factors + lane, factor);
    if (is_dot<Kind>()) {
      store_pairs(lane, tokens);
    }
  }

  // Scores that a row does not see become -infinity.
  void hide(int64_t tile, int64_t token, int64_t tokens, int64_t lane, int64_t rows) {
    if (tokens_seen(task_, task_.first_row + tile + lane, token) >= tokens) {
      return;
    }
    for (int64_t i = lane; i < lane + kLanes && i < rows; i++) {
      const int64_t seen = tokens_seen(task_, task_.first_row + tile + i, token);
      for (int64_t t = seen < 0 ? 0 : seen; t < tokens; t++) {
        scores_[t * kPanel + i] = -INFINITY;
      }
    }
  }

  // The sum of kPanel tokens in the order in which attention_rows.h adds vectors and lanes.
  XC_INLINE Vec sum_tokens(const float* weights) {
    Vec sums[kLanes];
    XC_UNROLL for (int i = 0; i < kLanes; i++) {
      sums[i] = Vec{};
      XC_UNROLL for (int j = 0; j < kPanel / kLanes; j += 2) {
        sums[i] += load(weights + (j * kLanes + i) * kPanel) +
                   load(weights + ((j + 1) * kLanes + i) * kPanel);
      }
    }
    XC_UNROLL for (int half = kLanes / 2; half > 0; half /= 2) {
      XC_UNROLL for (int i = 0; i < half; i++) { sums[i] += sums[i + half]; }
    }
    return sums[0];
  }

  // Weights of kLanes rows as pairs of tokens.
  void store_pairs(int64_t lane, int64_t tokens) {
#if defined(__AVX512BF16__)
    const __m512i zip = _mm512_set_epi16(31, 15, 30, 14, 29, 13, 28, 12, 27, 11, 26, 10, 25, 9, 24,
                                         8, 23, 7, 22, 6, 21, 5, 20, 4, 19, 3, 18, 2, 17, 1, 16, 0);
    for (int64_t t = 0; t < tokens; t += 2) {
      const float* weights = scores_ + t * kPanel + lane;
      const __m512bh both = _mm512_cvtne2ps_pbh((__m512)load(weights + kPanel),
                                                (__m512)load(weights));
      _mm512_storeu_si512(pairs_ + (t * kPanel + lane * 2),
                          _mm512_permutexvar_epi16(zip, (__m512i)both));
    }
#else
    (void)lane;
    (void)tokens;
#endif
  }

  // Where the second product finds its left operand, by its type.
  const float* weights(const float*) const { return scores_; }
  const uint16_t* weights(const uint16_t*) const { return pairs_; }

  // output = output·factor + weights·values, all rows of the tile.
  void value_rows(int64_t tile, int64_t rows, int64_t tokens, const float* factors,
                  const B* values) {
    const int64_t padded = (tokens + Kind::kPair - 1) / Kind::kPair * Kind::kPair;
    for (int64_t row = 0; row < rows; row += kTileRows) {
      for (int64_t column = 0; column < task_.padded_d; column += kTileColumns) {
        with_rows(rows - row, [&](auto m) {
          with_vectors((task_.padded_d - column) / kLanes, [&](auto n) {
            this->template value_tile<decltype(m)::value, decltype(n)::value>(
                row, padded, factors + row, values + column * Kind::kPair,
                task_.output + (tile + row) * task_.padded_d + column);
          });
        });
      }
    }
  }

  template <int MR, int NC>
  void value_tile(int64_t row, int64_t tokens, const float* factors, const B* values,
                  float* output) {
    constexpr int64_t kRowStep = is_dot<Kind>() ? 2 : 1;
    const int64_t d = task_.padded_d;
    Vec acc[MR][NC];
    XC_UNROLL for (int i = 0; i < MR; i++) {
      XC_UNROLL for (int j = 0; j < NC; j++) {
        acc[i][j] = load(output + i * d + j * kLanes) * factors[i];
      }
    }
    const A* left = weights(static_cast<const A*>(nullptr)) + row * kRowStep;
    Kind::template accumulate<MR, NC, 0>(acc, left, kRowStep, kRowStep * kPanel, values, d, tokens,
                                         Ahead{});
    XC_UNROLL for (int i = 0; i < MR; i++) {
      XC_UNROLL for (int j = 0; j < NC; j++) { store(output + i * d + j * kLanes, acc[i][j]); }
    }
  }

  const AttentionTask& task_;
  float* scores_;    // (kPanel tokens, kPanel rows), then exp(score - maximum) in place
  uint16_t* pairs_;  // the same as pairs of tokens, for Dot
  B* queries_;       // (rows, d) in tiles
};

}  // namespace
}  // namespace xc
