// x·Wᵀ of one panel: tiles of rows pass by a piece of the panel that stays in the first-level
// cache, then by the next piece.
#pragma once

#include "linear_kinds.h"

namespace xc {
namespace {

// How far ahead of its only call of a tile a panel is fetched.
constexpr int64_t kStreamAhead = 4096;

// Rows of one height past a piece; `ahead` goes on from call to call.
template <class Kind, int MR, int Lines>
void tile_columns(const LinearTask& task, const uint32_t* a, const char* b, int64_t steps,
                  float* sums, bool first, Ahead& ahead) {
  const int64_t vectors = (task.columns + kLanes - 1) / kLanes;
  for (int64_t v = 0; v < vectors; v += kTileVectors) {
    with_vectors(vectors - v, [&](auto n) {
      Kind::template tile<MR, decltype(n)::value, Lines>(sums + v * kLanes, first, a, b, v * kLanes,
                                                         steps, ahead);
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
    with_rows(left < task.tile_rows ? left : task.tile_rows, [&](auto m) {
      tile_columns<Kind, decltype(m)::value, Lines>(task, a + row * Kind::kRowPiece, b, steps,
                                                    task.sums + row * kPanel, piece == 0, ahead);
    });
  }
}

// Sums of the rows over all of k.
template <class Kind>
void multiply_rows(const LinearTask& task) {
  constexpr StepLayout kSteps = Kind::kSteps;
  const int64_t all = (task.k + kSteps.k - 1) / kSteps.k;
  const int64_t calls = ((task.rows - 1) / task.tile_rows + 1) *
                        ((task.columns - 1) / (kTileVectors * kLanes) + 1);
  const int64_t share = kSteps.bytes / Kind::kFetches / calls;
  const char* b = task.b;
  for (int64_t step = 0, piece = 0; step < all; step += kSteps.per_piece, piece++) {
    const int64_t steps = all - step < kSteps.per_piece ? all - step : kSteps.per_piece;
    const char* next = b + steps * kSteps.bytes;
    if (calls == 1) {
      rows_times_piece<Kind, 4>(task, b, piece, steps, {b + kStreamAhead, share, 0});
    } else {
      // While a piece is multiplied, each call fetches its share of the piece that follows.
      rows_times_piece<Kind, 2>(
          task, b, piece, steps,
          {step + steps < all ? next : task.next_b, share, share > 64 ? 64 : 0});
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
