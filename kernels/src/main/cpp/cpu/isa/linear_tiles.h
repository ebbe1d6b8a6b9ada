// x·Wᵀ of one panel: tiles of rows pass by a piece of the panel that stays in the first-level
// cache, then by the next piece.
#pragma once

#include "linear_kinds.h"

namespace xc {
namespace {

XC_INLINE void load_acc(Vec& acc, const float* sums) { acc = load(sums); }
XC_INLINE void load_acc(IntVec& acc, const float* sums) { acc = load_int(sums); }
XC_INLINE void store_acc(float* sums, Vec acc) { store(sums, acc); }
XC_INLINE void store_acc(float* sums, IntVec acc) { store_int(sums, acc); }

// MR rows times some steps of NC vectors of columns from `column` on; the chain goes on from sums, or starts, and
// ends in sums (MR, kPanel).
template <class Kind, int MR, int NC, int Lines>
void tile(const uint32_t* a, const char* b, int64_t column, int64_t steps, float* sums, bool first,
          const Ahead& ahead) {
  sums += column;
  typename Kind::Acc acc[MR][NC];
  XC_UNROLL for (int i = 0; i < MR; i++) {
    XC_UNROLL for (int j = 0; j < NC; j++) {
      if (first) {
        acc[i][j] = typename Kind::Acc{};
      } else {
        load_acc(acc[i][j], sums + i * kPanel + j * kLanes);
      }
    }
  }
  Kind::template accumulate<MR, NC, Lines>(acc, a, b, column, steps, ahead);
  XC_UNROLL for (int i = 0; i < MR; i++) {
    XC_UNROLL for (int j = 0; j < NC; j++) {
      store_acc(sums + i * kPanel + j * kLanes, acc[i][j]);
    }
  }
}

// Tiles of one height, from row `row` on, past a piece; `ahead` goes on from tile to tile.
template <class Kind, int MR, int Lines>
void tile_columns(const LinearTask& task, const uint32_t* a, const char* b, int64_t steps,
                  float* sums, bool first, Ahead& ahead) {
  constexpr int kMost = Kind::vectors(MR);
  const int64_t vectors = (task.columns + kLanes - 1) / kLanes;
  for (int64_t v = 0; v < vectors; v += kMost) {
    const int64_t left = vectors - v;
    with_vectors(left < kMost ? left : kMost, [&](auto n) {
      constexpr int kVectors = decltype(n)::value;
      if constexpr (kVectors <= kMost) {
        tile<Kind, MR, kVectors, Lines>(a, b, v * kLanes, steps, sums, first, ahead);
      }
    });
    ahead.from += ahead.step * steps * Kind::kFetches;
  }
}

template <class Kind, int Lines>
void rows_times_piece(const LinearTask& task, const char* b, int64_t piece, int64_t steps,
                      Ahead ahead) {
  const auto* a = reinterpret_cast<const uint32_t*>(task.a) +
                  (piece * task.packed_rows + task.first_row) * Kind::kRowPiece;
  for (int64_t row = 0; row < task.rows; row += task.tile_rows) {
    const int64_t left = task.rows - row;
    const int64_t mr = left < task.tile_rows ? left : task.tile_rows;
    with_rows(mr, [&](auto m) {
      tile_columns<Kind, decltype(m)::value, Lines>(task, a + row * Kind::kRowPiece, b, steps,
                                                    task.sums + row * kPanel, piece == 0, ahead);
    });
  }
}

// Calls of tile that a piece gets.
template <class Kind>
int64_t calls(const LinearTask& task) {
  const int64_t tiles = (task.rows + task.tile_rows - 1) / task.tile_rows;
  const int64_t columns = Kind::vectors(static_cast<int>(task.tile_rows)) * kLanes;
  return tiles * ((task.columns + columns - 1) / columns);
}

// Sums of the rows over all of k.
template <class Kind>
void multiply_rows(const LinearTask& task) {
  constexpr StepLayout kSteps = Kind::kSteps;
  const int64_t all = (task.k + kSteps.k - 1) / kSteps.k;
  const int64_t share = kSteps.bytes / Kind::kFetches / calls<Kind>(task);
  const char* b = task.b;
  for (int64_t step = 0, piece = 0; step < all; step += kSteps.per_piece, piece++) {
    const int64_t steps = all - step < kSteps.per_piece ? all - step : kSteps.per_piece;
    // While a piece is multiplied, each call fetches its share of the piece that follows.
    const char* next = b + steps * kSteps.bytes;
    const Ahead ahead = {step + steps < all ? next : task.next_b, share, share > 64 ? 64 : 0};
    if (share > 128) {
      rows_times_piece<Kind, 4>(task, b, piece, steps, ahead);
    } else {
      rows_times_piece<Kind, 2>(task, b, piece, steps, ahead);
    }
    b = next;
  }
}

// What the task makes of a vector of products.
XC_INLINE Vec result(const LinearTask& task, Vec product, Vec before, Vec bias) {
  return task.add ? before + task.scale * product : product + bias;
}

template <class Kind>
void write_out(const LinearTask& task) {
  const float* sums = task.sums;
  for (int64_t row = 0; row < task.rows; row++, sums += kPanel) {
    float* out = task.out + row * task.out_stride;
    int64_t i = 0;
    for (; i + kLanes <= task.columns; i += kLanes) {
      const Vec bias = task.bias == nullptr ? Vec{} : load(task.bias + i);
      store(out + i, result(task, Kind::product(task, sums, row, i),
                            task.add ? load(out + i) : Vec{}, bias));
    }
    const int64_t left = task.columns - i;
    if (left > 0) {
      const Vec bias = task.bias == nullptr ? Vec{} : load_part(task.bias + i, left, 0);
      const Vec before = task.add ? load_part(out + i, left, 0) : Vec{};
      store_part(out + i, result(task, Kind::product(task, sums, row, i), before, bias), left);
    }
  }
}

template <class Kind>
void multiply_panel(const LinearTask* task) {
  multiply_rows<Kind>(*task);
  write_out<Kind>(*task);
}

}  // namespace
}  // namespace xc
