// x·Wᵀ with packed weights: one panel of columns against packed tiles of rows.
#include "kernel_list.h"
#include "product.h"

namespace xc {
namespace {

// The piece of a panel, in bytes, that stays in the first-level cache while tiles pass by.
constexpr int64_t kPanelPiece = 32 << 10;

// Rows of one tile times k values of a panel; the chain goes on from sums, or starts, and ends in
// sums (MR, kPanel).
template <class Kind, int MR, int NC>
void tile(const typename Kind::A* a, const typename Kind::B* b, int64_t k, float* sums,
          bool first) {
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
  Kind::template accumulate<MR, NC, kRowStep, kStep>(acc, a, b, kPanel, k);
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

template <class Kind>
void rows_times_piece(const LinearTask& task, int64_t first_row, int64_t rows, int64_t k0,
                      int64_t k, float* sums) {
  const auto* b = reinterpret_cast<const typename Kind::B*>(task.b) + k0 * kPanel;
  for (int64_t row = 0; row < rows; row += task.tile_rows) {
    const int64_t t = (first_row + row) / task.tile_rows;
    const auto* a =
        reinterpret_cast<const typename Kind::A*>(task.a + t * task.tile_bytes) + k0 * kTileRows;
    const int64_t mr = rows - row < task.tile_rows ? rows - row : task.tile_rows;
    for (int64_t column = 0; column < task.columns; column += kTileColumns) {
      const int64_t left = task.columns - column;
      const int64_t vectors = (left + kLanes - 1) / kLanes;
      with_rows(mr, [&](auto m) {
        with_vectors(vectors, [&](auto n) {
          tile<Kind, decltype(m)::value, decltype(n)::value>(
              a, b + column * Kind::kPair, k, sums + row * kPanel + column, k0 == 0);
        });
      });
    }
  }
}

template <class Kind>
void linear(const LinearTask* task) {
  const int64_t pair = Kind::kPair;
  const int64_t padded = (task->k + pair - 1) / pair * pair;
  // One tile reads the panel once anyway: no pieces.
  const int64_t piece = task->rows <= task->tile_rows
                            ? padded
                            : kPanelPiece / (kPanel * static_cast<int64_t>(sizeof(typename Kind::B)));
  const int64_t together = kLinearRows / task->tile_rows * task->tile_rows;
  for (int64_t row = 0; row < task->rows; row += together) {
    const int64_t rows = task->rows - row < together ? task->rows - row : together;
    for (int64_t k0 = 0; k0 < padded; k0 += piece) {
      const int64_t k = padded - k0 < piece ? padded - k0 : piece;
      rows_times_piece<Kind>(*task, row, rows, k0, k, task->sums);
    }
    write_out(*task, row, rows, task->sums);
  }
}

}  // namespace

namespace XC_ISA {

void pack_rows_f32(char* a, const float* x, int64_t stride, int64_t rows, int64_t tile_rows,
                   int64_t k) {
  float* to = reinterpret_cast<float*>(a);
  const int64_t even = (k + 1) / 2 * 2;
  for (int64_t row = 0; row < rows; row += tile_rows, to += even * kTileRows) {
    const int64_t mr = rows - row < tile_rows ? rows - row : tile_rows;
    for (int64_t step = 0; step < even; step++) {
      for (int64_t i = 0; i < kTileRows; i++) {
        to[step * kTileRows + i] = i < mr && step < k ? x[(row + i) * stride + step] : 0.0f;
      }
    }
  }
}

#if defined(__AVX512BF16__)
void pack_rows_bf16(char* a, const float* x, int64_t stride, int64_t rows, int64_t tile_rows,
                    int64_t k) {
  uint32_t* to = reinterpret_cast<uint32_t*>(a);
  const int64_t pairs = (k + 1) / 2;
  for (int64_t row = 0; row < rows; row += tile_rows, to += pairs * kTileRows) {
    const int64_t mr = rows - row < tile_rows ? rows - row : tile_rows;
    for (int64_t i = 0; i < kTileRows; i++) {
      const float* from = x + (row + i) * stride;
      for (int64_t pair = 0; pair < pairs; pair += 16) {
        uint32_t both[16] = {};
        const int64_t n = pairs - pair < 16 ? pairs - pair : 16;
        if (i < mr && 2 * (pair + 16) <= k) {
          const __m512bh rounded = _mm512_cvtne2ps_pbh(_mm512_loadu_ps(from + 2 * pair + 16),
                                                       _mm512_loadu_ps(from + 2 * pair));
          _mm512_storeu_si512(both, (__m512i)rounded);
        } else if (i < mr) {
          for (int64_t j = 0; j < n; j++) {
            const int64_t at = 2 * (pair + j);
            both[j] = bf16_bits(from[at]) | (at + 1 < k ? bf16_bits(from[at + 1]) << 16 : 0);
          }
        }
        for (int64_t j = 0; j < n; j++) {
          to[(pair + j) * kTileRows + i] = both[j];
        }
      }
    }
  }
}
#else
void pack_rows_bf16(char* a, const float* x, int64_t stride, int64_t rows, int64_t tile_rows,
                    int64_t k) {
  pack_rows_f32(a, x, stride, rows, tile_rows, k);
}
#endif

void linear_f32(const LinearTask* task) { linear<F32>(task); }
void linear_bf16(const LinearTask* task) { linear<Half>(task); }

}  // namespace XC_ISA
}  // namespace xc
