// Linear layers with F32 and BF16 weights.
#include "kernel_list.h"
#include "linear_tiles.h"

namespace xc {
namespace {

// Runs body(piece, k0, steps, k) for each piece of k: k values from k0 on, in so many steps.
template <class Body>
void each_piece(const StepLayout& layout, int64_t k, Body body) {
  const int64_t most = layout.per_piece * layout.k;
  for (int64_t k0 = 0, piece = 0; k0 < k; k0 += most, piece++) {
    body(piece, k0, k - k0 < most ? k - k0 : most);
  }
}

void copy_rows(const StepLayout& layout, int64_t row_piece, const PackTask& task,
               int64_t first_row, int64_t end_row) {
  for (int64_t row = first_row; row < end_row; row++) {
    each_piece(layout, task.k, [&](int64_t piece, int64_t k0, int64_t k) {
      auto* to = reinterpret_cast<float*>(task.a) + (piece * task.rows + row) * row_piece;
      memcpy(to, task.x + row * task.k + k0, static_cast<size_t>(k) * sizeof(float));
      if (k % layout.k != 0) {
        to[k] = 0.0f;
      }
    });
  }
}

#if defined(__AVX512BF16__)
// 32 values of a row, rounded, as 16 pairs; left < 32 are there, the rest is zero.
XC_INLINE void round_pairs(uint32_t* pairs, const float* from, int64_t left) {
  const __mmask16 low = left >= 16 ? 0xffff : (1u << left) - 1;
  const __mmask16 high = left >= 32 ? 0xffff : (1u << (left < 16 ? 0 : left - 16)) - 1;
  const __m512bh rounded = _mm512_cvtne2ps_pbh(_mm512_maskz_loadu_ps(high, from + 16),
                                               _mm512_maskz_loadu_ps(low, from));
  _mm512_storeu_si512(pairs, (__m512i)rounded);
}

void round_rows(const PackTask& task, int64_t first_row, int64_t end_row) {
  for (int64_t row = first_row; row < end_row; row++) {
    each_piece(kBf16Steps, task.k, [&](int64_t piece, int64_t k0, int64_t k) {
      auto* to = reinterpret_cast<uint32_t*>(task.a) + (piece * task.rows + row) * kBf16RowPiece;
      const float* from = task.x + row * task.k + k0;
      for (int64_t i = 0; i < k; i += 32) {
        round_pairs(to + i / 2, from + i, k - i);
      }
    });
  }
}
#endif

}  // namespace

namespace XC_ISA {

void pack_rows_f32(const PackTask* task, int64_t first_row, int64_t end_row) {
  copy_rows(kF32Steps, kF32RowPiece, *task, first_row, end_row);
}

void pack_rows_bf16(const PackTask* task, int64_t first_row, int64_t end_row) {
#if defined(__AVX512BF16__)
  round_rows(*task, first_row, end_row);
#else
  copy_rows(kBf16Steps, kBf16RowPiece, *task, first_row, end_row);
#endif
}

void linear_f32(const LinearTask* task) { multiply_panel<LinearF32>(task); }
void linear_bf16(const LinearTask* task) { multiply_panel<LinearBf16>(task); }

}  // namespace XC_ISA
}  // namespace xc
