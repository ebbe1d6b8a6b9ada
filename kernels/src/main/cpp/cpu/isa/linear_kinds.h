// The register tiles of linear layers by format: rows of x (linear_rows.h) times steps of a panel
// (panel.h). Each kind states
//   kSteps       the panel's steps
//   kRowPiece    words of a row's piece
//   kFetches     calls of Ahead::fetch in a step
//   vectors(mr)  vectors of columns that mr rows meet at once
//   tile         sums (MR, kPanel) += MR rows times NC vectors of columns from `column` on, over
//                some steps of a piece; or = with `first`
//   product      what a vector of sums over all of k stands for
#pragma once

#include "integer.h"
#include "linear_rows.h"
#include "product.h"

namespace xc {
namespace {

XC_INLINE void load_sum(Vec& sum, const float* from) { sum = load(from); }
XC_INLINE void load_sum(IntVec& sum, const float* from) { sum = load_int(from); }
XC_INLINE void store_sum(float* to, Vec sum) { store(to, sum); }
XC_INLINE void store_sum(float* to, IntVec sum) { store_int(to, sum); }

// Runs accumulate(acc) with the sums in registers.
template <class Acc, int MR, int NC, class Accumulate>
XC_INLINE void in_registers(float* sums, bool first, Accumulate accumulate) {
  Acc acc[MR][NC];
  XC_UNROLL for (int i = 0; i < MR; i++) {
    XC_UNROLL for (int j = 0; j < NC; j++) {
      if (first) {
        acc[i][j] = Acc{};
      } else {
        load_sum(acc[i][j], sums + i * kPanel + j * kLanes);
      }
    }
  }
  accumulate(acc);
  XC_UNROLL for (int i = 0; i < MR; i++) {
    XC_UNROLL for (int j = 0; j < NC; j++) { store_sum(sums + i * kPanel + j * kLanes, acc[i][j]); }
  }
}

template <class Operands, int64_t RowPiece>
struct FloatKind {
  static constexpr StepLayout kSteps = Operands::kPair == 1 ? kF32Steps : kBf16Steps;
  static constexpr int64_t kRowPiece = RowPiece;
  static constexpr int64_t kFetches = 1;
  static constexpr int vectors(int) { return kTileVectors; }

  template <int MR, int NC, int Lines>
  static void tile(float* sums, bool first, const uint32_t* a, const char* b, int64_t column,
                   int64_t steps, const Ahead& ahead) {
    using A = typename Operands::A;
    constexpr int64_t kWord = 4 / sizeof(A);
    in_registers<Vec, MR, NC>(sums, first, [&](Vec(&acc)[MR][NC]) XC_INLINED {
      Operands::template accumulate<MR, NC, Lines>(
          acc, reinterpret_cast<const A*>(a), RowPiece * kWord, kWord,
          reinterpret_cast<const typename Operands::B*>(b + column * 4), kPanel,
          steps * Operands::kPair, ahead);
    });
  }

  XC_INLINE Vec product(const LinearTask&, const float* sums, int64_t, int64_t column) {
    return load(sums + column);
  }
};

using LinearF32 = FloatKind<F32, kF32RowPiece>;
using LinearBf16 = FloatKind<Half, kBf16RowPiece>;

// Four products of columns' bytes, each unsigned, with row words, on every code path.
#if defined(__AVX512VNNI__)
struct Quads {
  explicit XC_MEMBER Quads(IntVec v) : bytes(v) {}
  XC_MEMBER IntVec add(IntVec sum, const uint32_t* a) const {
    return add_quads(sum, bytes, splat_int(static_cast<int32_t>(a[0])));
  }
  IntVec bytes;
};
#else
struct Quads {
  explicit XC_MEMBER Quads(IntVec v) : even(v & 0x00ff00ff), odd((v >> 8) & 0x00ff00ff) {}
  XC_MEMBER IntVec add(IntVec sum, const uint32_t* a) const {
    sum += multiply_pairs(even, splat_int(static_cast<int32_t>(a[0])));
    return sum + multiply_pairs(odd, splat_int(static_cast<int32_t>(a[1])));
  }
  IntVec even;
  IntVec odd;
};
#endif

// Integers times the scales of their row and columns.
XC_INLINE Vec scaled(const LinearTask& task, IntVec integers, int64_t row, int64_t column) {
  return to_float(integers) * (task.row_scales[row] * load(task.column_scales + column));
}

struct LinearInt8 {
  static constexpr StepLayout kSteps = kInt8Steps;
  static constexpr int64_t kRowPiece = kInt8RowPiece;
  static constexpr int64_t kFetches = 1;
  static constexpr int vectors(int) { return kTileVectors; }

  template <int MR, int NC, int Lines>
  static void tile(float* sums, bool first, const uint32_t* a, const char* b, int64_t column,
                   int64_t steps, const Ahead& ahead) {
    b += column * 4;
    in_registers<IntVec, MR, NC>(sums, first, [&](IntVec(&acc)[MR][NC]) XC_INLINED {
      for (int64_t step = 0; step < steps; step++) {
        Ahead::fetch<Lines>(ahead, step);
        IntVec bytes[NC];
        XC_UNROLL for (int j = 0; j < NC; j++) { bytes[j] = load_int(b + j * kLanes * 4); }
        XC_UNROLL for (int i = 0; i < MR; i++) {
          XC_UNROLL for (int j = 0; j < NC; j++) {
            acc[i][j] = Quads(bytes[j]).add(acc[i][j], a + i * kRowPiece);
          }
        }
        a += kQuadWords;
        b += kSteps.bytes;
      }
    });
  }

  XC_INLINE Vec product(const LinearTask& task, const float* sums, int64_t row, int64_t column) {
    const IntVec kept = load_int(sums + column);
    return scaled(task, kept - kInt8Offset * task.row_sums[row], row, column);
  }
};

// Sums of one group stay below 2^15, so that one 16-bit product multiplies them on their way to the
// sum of all groups.
struct LinearInt4 {
  static constexpr StepLayout kSteps = kInt4Steps;
  static constexpr int64_t kRowPiece = kInt4RowPiece;
  static constexpr int64_t kFetches = 4;
  // The sum of a group and the sum of all share the registers.
  static constexpr int vectors(int rows) {
    return rows <= kTileRows / 2 ? kTileVectors : kTileVectors / 2;
  }

  template <int MR, int NC, int Lines>
  static void tile(float* sums, bool first, const uint32_t* a, const char* b, int64_t column,
                   int64_t steps, const Ahead& ahead) {
    const char* multipliers = b + 4 * kPanel * 4 + column;
    b += column * 4;
    in_registers<IntVec, MR, NC>(sums, first, [&](IntVec(&acc)[MR][NC]) XC_INLINED {
      for (int64_t step = 0; step < steps; step++) {
        IntVec group[MR][NC];
        XC_UNROLL for (int i = 0; i < MR; i++) {
          XC_UNROLL for (int j = 0; j < NC; j++) {
            group[i][j] = splat_int(static_cast<int32_t>(a[i * kRowPiece + 8 * kQuadWords]));
          }
        }
        XC_UNROLL for (int p = 0; p < 4; p++) {
          Ahead::fetch<Lines>(ahead, step * kFetches + p);
          const uint32_t* row = a + 2 * p * kQuadWords;
          add_half<MR, NC>(group, b + p * kPanel * 4, 0, row);
          add_half<MR, NC>(group, b + p * kPanel * 4, 4, row + kQuadWords);
        }
        XC_UNROLL for (int j = 0; j < NC; j++) {
          const IntVec multiplier = load_bytes(multipliers + j * kLanes);
          XC_UNROLL for (int i = 0; i < MR; i++) {
            acc[i][j] = add_pairs(acc[i][j], group[i][j], multiplier);
          }
        }
        a += kGroupWords;
        b += kSteps.bytes;
        multipliers += kSteps.bytes;
      }
    });
  }

  // The rows brought the offset in, group by group.
  XC_INLINE Vec product(const LinearTask& task, const float* sums, int64_t row, int64_t column) {
    return scaled(task, load_int(sums + column), row, column);
  }

 private:
  // One half, from bit `shift` on, of each byte of a word.
  template <int MR, int NC>
  XC_INLINE void add_half(IntVec (&group)[MR][NC], const char* words, int shift,
                          const uint32_t* row) {
    IntVec half[NC];
    XC_UNROLL for (int j = 0; j < NC; j++) {
      half[j] = (load_int(words + j * kLanes * 4) >> shift) & 0x0f0f0f0f;
    }
    XC_UNROLL for (int i = 0; i < MR; i++) {
      XC_UNROLL for (int j = 0; j < NC; j++) {
        group[i][j] = Quads(half[j]).add(group[i][j], row + i * kRowPiece);
      }
    }
  }
};

}  // namespace
}  // namespace xc
