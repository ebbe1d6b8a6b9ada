// How this code path keeps the rows of x, in words of four bytes:
//   F32    one value
//   BF16   a pair of bf16 values where the processor multiplies them, else two f32 values
//   INT8   four integers in one word with VNNI; else two words of 16-bit integers, the even ones and
//          the odd ones
//   INT4   a group's eight fours as in INT8, then -kInt4Offset times the sum of its integers
#pragma once

#include "../panel.h"

namespace xc {
namespace {

#if defined(__AVX512BF16__)
constexpr int64_t kBf16RowWords = 1;
#else
constexpr int64_t kBf16RowWords = 2;
#endif
#if defined(__AVX512VNNI__)
constexpr int64_t kQuadWords = 1;
#else
constexpr int64_t kQuadWords = 2;
#endif
constexpr int64_t kGroupWords = 8 * kQuadWords + 1;

// Words of a row's piece.
constexpr int64_t kF32RowPiece = kF32Steps.per_piece;
constexpr int64_t kBf16RowPiece = kBf16Steps.per_piece * kBf16RowWords;
constexpr int64_t kInt8RowPiece = kInt8Steps.per_piece * kQuadWords;
constexpr int64_t kInt4RowPiece = kInt4Steps.per_piece * kGroupWords;

}  // namespace
}  // namespace xc
