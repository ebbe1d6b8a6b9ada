// x·Wᵀ with packed weights: one panel of columns against packed tiles of rows.
#include "kernel_list.h"
#include "product.h"

namespace xc {
namespace {

// Bytes of a panel for one step of the product: a value, or a pair of them, of each column.
constexpr int64_t kStepBytes = kPanel * 4;
// How far ahead a panel is fetched that only one tile passes by.
constexpr int64_t kStreamAhead = 2048;

// Rows of one tile times k values of a panel; the chain goes on from sums, or starts, and ends in
// sums (MR, kPanel).
template <class Kind, int MR, int NC, int Lines>
void tile(const typename Kind::A* a, const typename Kind::B* b, int64_t k, float* sums,
          bool first, const Ahead& ahead) {
  // Dot keeps both values of a pair of k in one place, so the step from pair to pair is twice.
  constexpr bool kDot = sizeof(typename Kind::A) == 2;
  constexpr int64_t kRowStep = kDot ? 2 : 1;
  constexpr int64_t kStep = kDot ? 2 * kTileRows : kTileRows;
  Vec acc[MR][NC];
  XC_UNROLL for (int i = 0; i < MR; i++) {
    XC_UNROLL for (int j = 0; j < NC; j++) {
      acc[i][j] = first ? Vec{} : load(sums + i * kPanel + j * kLanes);
    }
  }
  Kind::template accumulate<MR, NC, Lines>(acc, a, kRowStep, kStep, b, kPanel, k, ahead);
  XC_UNROLL for (int i = 0; i < MR; i++) {
    XC_UNROLL for (int j = 0; j < NC; j++) { store(sums + i * kPanel + j * kLanes, acc[i][j]); }
  }
}

// What the task makes of n <= kLanes sums.
XC_INLINE Vec result(const LinearTask& task, Vec sum, Vec before, Vec bias) {
  return task.add ? before + task.scale * sum : sum + bias;
}

void write_out(const LinearTask& task, int64_t first_row, int64_t rows, const float* sums) {
  for (int64_t row = 0; row < rows; row++, sums += kPanel) {
    float* out = task.out + (first_row + row) * task.out_stride;
    int64_t i = 0;
    for (; i + kLanes <= task.columns; i += kLanes) {
      const Vec bias = task.bias == nullptr ? Vec{} : load(task.bias + i);
      store(out + i, result(task, load(sums + i), task.add ? load(out + i) : Vec{}, bias));
    }
    const int64_t left = task.columns - i;
    if (left > 0) {
      const Vec bias = task.bias == nullptr ? Vec{} : load_part(task.bias + i, left, 0);
      const Vec before = task.add ? load_part(out + i, left, 0) : Vec{};
      store_part(out + i, result(task, load(sums + i), before, bias), left);
    }
  }
}

// Rows first_row .. first_row + rows - 1 times the piece of the panel from k0 on. The rows' tiles
// share the work of fetching the piece that follows.
template <class Kind, int Lines>
void rows_times_piece(const LinearTask& task, int64_t first_row, int64_t rows, int64_t k0,
                      int64_t k) {
  using A = typename Kind::A;
  const int64_t tiles = (rows + task.tile_rows - 1) / task.tile_rows;
  const auto* b = reinterpret_cast<const typename Kind::B*>(task.b) + k0 * kPanel;
  const A* a = reinterpret_cast<const A*>(task.a) + k0 * task.tiles * kTileRows +
               (task.first_tile + first_row / task.tile_rows) * k * kTileRows;
  const int64_t share = kStepBytes / tiles;
  Ahead ahead = {task.b + (k0 + k) * kPanel * static_cast<int64_t>(sizeof(*b)), share,
                 share > 64 ? 64 : 0};
  if (Lines > 2) {
    ahead = {reinterpret_cast<const char*>(b) + kStreamAhead, kStepBytes, 0};
  }
  for (int64_t row = 0; row < rows; row += task.tile_rows, a += k * kTileRows) {
    const int64_t mr = rows - row < task.tile_rows ? rows - row : task.tile_rows;
    for (int64_t column = 0; column < task.columns; column += kTileColumns) {
      const int64_t left = task.columns - column;
      with_rows(mr, [&](auto m) {
        with_vectors((left + kLanes - 1) / kLanes, [&](auto n) {
          tile<Kind, decltype(m)::value, decltype(n)::value, Lines>(
              a, b + column * Kind::kPair, k, task.sums + row * kPanel + column, k0 == 0, ahead);
        });
      });
    }
    ahead.from += share * (k / Kind::kPair);
  }
}

template <class Kind>
void linear(const LinearTask* task) {
  const int64_t padded = (task->k + Kind::kPair - 1) / Kind::kPair * Kind::kPair;
  const int64_t together = kLinearRows / task->tile_rows * task->tile_rows;
  for (int64_t row = 0; row < task->rows; row += together) {
    const int64_t rows = task->rows - row < together ? task->rows - row : together;
    for (int64_t k0 = 0; k0 < padded; k0 += task->k_piece) {
      const int64_t k = padded - k0 < task->k_piece ? padded - k0 : task->k_piece;
      if (rows <= task->tile_rows) {
        rows_times_piece<Kind, 4>(*task, row, rows, k0, k);
      } else {
        rows_times_piece<Kind, 2>(*task, row, rows, k0, k);
      }
    }
    write_out(*task, row, rows, task->sums);
  }
}

}  // namespace

namespace XC_ISA {

void pack_rows_f32(const PackTask* task, int64_t first_tile, int64_t end_tile) {
  const int64_t padded = task->padded_k;
  for (int64_t t = first_tile; t < end_tile; t++) {
    const int64_t row = t * task->tile_rows;
    const int64_t mr = task->rows - row < task->tile_rows ? task->rows - row : task->tile_rows;
    for (int64_t k0 = 0; k0 < padded; k0 += task->k_piece) {
      const int64_t k = padded - k0 < task->k_piece ? padded - k0 : task->k_piece;
      float* to = reinterpret_cast<float*>(task->a) + k0 * task->tiles * kTileRows +
                  t * k * kTileRows;
      for (int64_t i = 0; i < kTileRows; i++) {
        const float* from = task->x + (row + i) * task->k + k0;
        const int64_t there = i >= mr ? 0 : task->k - k0 < k ? task->k - k0 : k;
        for (int64_t step = 0; step < there; step++) {
          to[step * kTileRows + i] = from[step];
        }
        for (int64_t step = there; step < k; step++) {
          to[step * kTileRows + i] = 0.0f;
        }
      }
    }
  }
}

#if defined(__AVX512BF16__)
// 32 values of a row, rounded, as 16 pairs; there < 32 are left.
XC_INLINE void round_pairs(uint32_t* pairs, const float* from, int64_t there) {
  const __mmask16 low = there >= 16 ? 0xffff : (1u << (there < 0 ? 0 : there)) - 1;
  const __mmask16 high = there >= 32 ? 0xffff : (1u << (there < 16 ? 0 : there - 16)) - 1;
  const __m512bh rounded = _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high, from + 16),
                                               _mm512_maskz_loadu_ps(low, from));
  _mm512_storeu_si512(pairs, (__m512i)rounded);
}

void pack_rows_bf16(const PackTask* task, int64_t first_tile, int64_t end_tile) {
  const int64_t padded = task->padded_k;
  for (int64_t t = first_tile; t < end_tile; t++) {
    const int64_t row = t * task->tile_rows;
    const int64_t mr = task->rows - row < task->tile_rows ? task->rows - row : task->tile_rows;
    for (int64_t k0 = 0; k0 < padded; k0 += task->k_piece) {
      const int64_t k = padded - k0 < task->k_piece ? padded - k0 : task->k_piece;
      uint32_t* to = reinterpret_cast<uint32_t*>(task->a) +
                     (k0 * task->tiles + t * k) / 2 * kTileRows;
      for (int64_t i = 0; i < kTileRows; i++) {
        const float* from = task->x + (row + i) * task->k + k0;
        for (int64_t pair = 0; pair < k / 2; pair += 16) {
          uint32_t rounded[16];
          round_pairs(rounded, from + 2 * pair, i < mr ? task->k - k0 - 2 * pair : 0);
          const int64_t n = k / 2 - pair < 16 ? k / 2 - pair : 16;
          for (int64_t j = 0; j < n; j++) {
            to[(pair + j) * kTileRows + i] = rounded[j];
          }
        }
      }
    }
  }
}
#else
void pack_rows_bf16(const PackTask* task, int64_t first_tile, int64_t end_tile) {
  pack_rows_f32(task, first_tile, end_tile);
}
#endif

void linear_f32(const LinearTask* task) { linear<F32>(task); }
void linear_bf16(const LinearTask* task) { linear<Half>(task); }

}  // namespace XC_ISA
}  // namespace xc
