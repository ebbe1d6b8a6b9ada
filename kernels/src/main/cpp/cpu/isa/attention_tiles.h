// Attention of many rows, as in prefill and in the tower: kPanel rows lie along the vectors, so the
// softmax of each runs down its lane. A tile of rows passes by all blocks of the span before the
// next does: its output stays in the first-level cache, the span's keys and values in the second.
// Each row gets the same bits as in attention_rows.h.
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

// A query to its column of a tile.
inline void pack_query(float* to, const float* q, int64_t d, float scale) {
  for (int64_t i = 0; i < d; i++) {
    to[i * kPanel] = q[i] * scale;
  }
}

#if defined(__AVX512BF16__)
inline void pack_query(uint16_t* to, const float* q, int64_t d, float scale) {
  for (int64_t i = 0; i < d; i += 2 * kLanes) {
    uint32_t pairs[kLanes];
    const __m512bh rounded = _mm512_cvtne2ps_pbh(
        (__m512)(load_some(q + i + kLanes, d - i - kLanes) * scale),
        (__m512)(load_some(q + i, d - i) * scale));
    _mm512_storeu_si512(pairs, (__m512i)rounded);
    for (int64_t j = 0; j < kLanes && i + 2 * j < d; j++) {
      memcpy(to + (i / 2 + j) * kPanel * 2, &pairs[j], 4);
    }
  }
}
#endif

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

  // Where the blocks that follow go.
  void use(const AttentionState& state) { state_ = state; }

  // All rows against the blocks block_at(token) of tokens first .. end - 1.
  template <class BlockAt>
  void run(int64_t first, int64_t end, BlockAt block_at) {
    for (int64_t tile = 0; tile < task_.rows; tile += kPanel) {
      const int64_t rows = task_.rows - tile < kPanel ? task_.rows - tile : kPanel;
      const int64_t seen = task_.seen[tile + rows - 1] < end ? task_.seen[tile + rows - 1] : end;
      for (int64_t token = first; token < seen; token += kPanel) {
        const int64_t tokens = seen - token < kPanel ? seen - token : kPanel;
        tile_times_block(tile, rows, token, tokens, block_at(token));
      }
    }
  }

 private:
  // Tiles of kPanel rows: (d, row), pairs of d together for Dot; missing rows are zero.
  void pack_queries() {
    const float scale = task_.scale * kLog2E;
    for (int64_t row = 0; row < (task_.rows + kPanel - 1) / kPanel * kPanel; row++) {
      B* to = queries_ + row / kPanel * kPanel * task_.d + row % kPanel * Kind::kPair;
      if (row < task_.rows) {
        pack_query(to, task_.queries[row], task_.d, scale);
      } else {
        for (int64_t d = 0; d < task_.d; d++) {
          put(to + (d / Kind::kPair * kPanel) * Kind::kPair + d % Kind::kPair, 0.0f);
        }
      }
    }
  }

  void tile_times_block(int64_t tile, int64_t rows, int64_t token, int64_t tokens,
                        const KeyBlock<Kind>& block) {
    score_tile(tile, rows, tokens, block);
    float factors[kPanel];
    for (int64_t lane = 0; lane < rows; lane += kLanes) {
      softmax(tile, token, tokens, lane, rows, factors);
    }
    value_rows(tile, rows, tokens, factors, block.values);
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
    // The sum goes through whole vectors of tokens: what is not there weighs nothing.
    const int64_t padded = (tokens + kLanes - 1) / kLanes * kLanes;
    for (int64_t t = tokens; t < padded; t++) {
      store(scores_ + t * kPanel + lane, splat(-INFINITY));
    }
    hide(task_.seen + tile, token, tokens, lane, rows);
    float* maximum = state_.maximum + tile + lane;
    float* sum = state_.sum + tile + lane;
    const Vec before = load(maximum);
    const Vec most = max(column_maximum(lane, padded), before);
    const Vec factor = rescale<Kind>(before, most);
    store(maximum, most);
    store(sum, multiply_add(load(sum), factor, weigh(lane, padded, shift_of(most))));
    store(factors + lane, factor);
  }

  // Scores that a row does not see become -infinity.
  void hide(const int64_t* seen, int64_t token, int64_t tokens, int64_t lane, int64_t rows) {
    if (seen[lane] - token >= tokens) {
      return;
    }
    for (int64_t i = lane; i < lane + kLanes && i < rows; i++) {
      for (int64_t t = seen[i] < token ? 0 : seen[i] - token; t < tokens; t++) {
        scores_[t * kPanel + i] = -INFINITY;
      }
    }
  }

  // Four maxima side by side, so that one need not wait for the other.
  Vec column_maximum(int64_t lane, int64_t tokens) {
    const float* scores = scores_ + lane;
    Vec most[4];
    XC_UNROLL for (int i = 0; i < 4; i++) { most[i] = load(scores + i * kPanel); }
    for (int64_t t = 4; t < tokens; t += 4) {
      XC_UNROLL for (int i = 0; i < 4; i++) {
        most[i] = max(load(scores + (t + i) * kPanel), most[i]);
      }
    }
    return max(max(most[0], most[1]), max(most[2], most[3]));
  }

  // Scores of kLanes rows to weights; returns their sums, in the order of softmax.h.
  Vec weigh(int64_t lane, int64_t tokens, Vec shift) {
    Vec sums[kLanes] = {};
    for (int64_t t = 0; t < tokens; t += kLanes) {
      XC_UNROLL for (int i = 0; i < kLanes; i += 2) {
        float* scores = scores_ + (t + i) * kPanel + lane;
        const Vec a = power<Kind>(load(scores) - shift);
        const Vec b = power<Kind>(load(scores + kPanel) - shift);
        sums[i] += a;
        sums[i + 1] += b;
        put_weights(scores, t + i, lane, a, b);
      }
    }
    XC_UNROLL for (int half = kLanes / 2; half > 0; half /= 2) {
      XC_UNROLL for (int i = 0; i < half; i++) { sums[i] += sums[i + half]; }
    }
    return sums[0];
  }

  // Weights of tokens t and t + 1 to where the second product reads them.
  XC_INLINE void put_weights_at(float* scores, Vec a, Vec b) {
    store(scores, a);
    store(scores + kPanel, b);
  }
  inline __attribute__((always_inline)) void put_weights(float* scores, int64_t t, int64_t lane,
                                                         Vec a, Vec b) {
#if defined(__AVX512BF16__)
    if (is_dot<Kind>()) {
      store_pairs(pairs_ + t * kPanel + lane * 2, a, b);
      return;
    }
#endif
    (void)t;
    (void)lane;
    put_weights_at(scores, a, b);
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
                state_.output + (tile + row) * task_.padded_d + column);
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
  AttentionState state_ = {};
  float* scores_;    // (kPanel tokens, kPanel rows), then 2^(score - maximum) in place
  uint16_t* pairs_;  // the same as pairs of tokens, for Dot
  B* queries_;       // (rows, d) in tiles
};

}  // namespace
}  // namespace xc
