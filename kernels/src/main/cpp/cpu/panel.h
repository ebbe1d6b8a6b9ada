// Where the weights of a panel lie. The kernels of all code paths read the same panels.
//
// A panel has kPanel output columns. It goes through the input axis k in steps; in a step, the
// values of a column lie together, column by column:
//   F32    a step is one k
//   BF16   two
//   INT8   four: integers -127 .. 127, kept as integer + 128
//   INT4   a group of 32 as four words: byte b of word p holds k = 8·p + b in its low half and
//          k = 8·p + 4 + b in its high half, integers -8 .. 7 kept as integer + 8. First word 0 of
//          all columns, then word 1 and so on, then the group's multipliers, one byte a column.
// Behind the steps of an integer panel stand the scales of its columns, f32. A weight is
// scale·integer, in INT4 scale·multiplier·integer. Missing columns and a missing end of k are zero.
#pragma once

#include <stdint.h>

#include "kernels.h"

namespace xc {

struct StepLayout {
  int64_t k;           // input values of a step
  int64_t bytes;       // of all columns
  int64_t per_piece;   // steps of a piece: what a product takes through the first-level cache
};

constexpr StepLayout kF32Steps = {1, kPanel * 4, 128};
constexpr StepLayout kBf16Steps = {2, kPanel * 4, 128};
constexpr StepLayout kInt8Steps = {4, kPanel * 4, 128};
constexpr StepLayout kInt4Steps = {32, kPanel * 17, 16};
// Offsets of the kept integers.
constexpr int32_t kInt8Offset = 128;
constexpr int32_t kInt4Offset = 8;
// Largest input width of an integer weight: sums stay below 2^31.
constexpr int64_t kMostQuantizedIn = 1 << 16;
// Largest sum of a group: 16 bits hold it.
constexpr int64_t kMostGroupSum = 32 * 8 * 127;
// Largest multiplier of a group: what one byte needs. Long inputs have smaller ones, so that the sum
// of all groups stays below 2^31.
constexpr int64_t kMostMultiplier = 127;

}  // namespace xc
