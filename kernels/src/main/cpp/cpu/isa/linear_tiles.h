// x·Wᵀ of one panel: tiles of rows pass by a piece of the panel that stays in the first-level
// cache, then by the next piece.
#pragma once

#include "linear_kinds.h"

namespace xc {
namespace {

// How far ahead of a product a panel is fetched that nothing fetched before.
constexpr int64_t kStreamAhead = 4096;
// With more calls of a tile there is time to fetch a piece while the one before is multiplied.
constexpr int64_t kFewCalls = 4;

// What the calls of a tile that take a piece fetch: the first of few the piece itself, just ahead of
// its product; each other its share of the piece that follows.
struct Fetching {
  Ahead soon;   // from is null when the piece has been fetched
  Ahead later;
};

// Rows of one height past a piece.
template <class Kind, int MR>
void tile_columns(const LinearTask& task, const uint32_t* a, const char* b, int64_t steps,
                  float* sums, bool first, Fetching& fetching) {
  constexpr int kMost = Kind::vectors(MR);
  const int64_t vectors = (task.columns + kLanes - 1) / kLanes;
  for (int64_t v = 0; v < vectors; v += kMost) {
    const int64_t left = vectors - v;
    with_vectors(left < kMost ? left : kMost, [&](auto n) {
      constexpr int kVectors = decltype(n)::value;
      if constexpr (kVectors <= kMost) {
        const int64_t column = v * kLanes;
        if (fetching.soon.from != nullptr) {
          Kind::template tile<MR, kVectors, 4>(sums + column, first, a, b, column, steps,
                                               fetching.soon);
          fetching.soon.from = nullptr;
        } else {
          Kind::template tile<MR, kVectors, 2>(sums + column, first, a, b, column, steps,
                                               fetching.later);
          fetching.later.from += fetching.later.step * steps * Kind::kFetches;
        }
      }
    });
  }
}

template <class Kind>
void rows_times_piece(const LinearTask& task, const char* b, int64_t piece, int64_t steps,
                      Fetching fetching) {
  const auto* a = reinterpret_cast<const uint32_t*>(task.a) +
                  (piece * task.packed_rows + task.first_row) * Kind::kRowPiece;
  for (int64_t row = 0; row < task.rows; row += task.tile_rows) {
    const int64_t left = task.rows - row;
    with_rows(left < task.tile_rows ? left : task.tile_rows, [&](auto m) {
      tile_columns<Kind, decltype(m)::value>(task, a + row * Kind::kRowPiece, b, steps,
                                             task.sums + row * kPanel, piece == 0, fetching);
    });
  }
}

// Calls of a tile that take a piece.
template <class Kind>
int64_t calls(const LinearTask& task) {
  const int64_t columns = Kind::vectors(static_cast<int>(task.tile_rows)) * kLanes;
  return ((task.rows - 1) / task.tile_rows + 1) * ((task.columns - 1) / columns + 1);
}

// Sums of the rows over all of k.
template <class Kind>
void multiply_rows(const LinearTask& task) {
  constexpr StepLayout kSteps = Kind::kSteps;
  const int64_t all = (task.k + kSteps.k - 1) / kSteps.k;
  const int64_t fetch = kSteps.bytes / Kind::kFetches;
  const bool few = calls<Kind>(task) <= kFewCalls;
  const int64_t share = fetch / calls<Kind>(task);
  const char* b = task.b;
  for (int64_t step = 0, piece = 0; step < all; step += kSteps.per_piece, piece++) {
    const int64_t steps = all - step < kSteps.per_piece ? all - step : kSteps.per_piece;
    const char* next = b + steps * kSteps.bytes;
    const char* follows = step + steps < all ? next : task.next_b;
    const Ahead later = {few ? follows + kStreamAhead : follows, share, share > 64 ? 64 : 0};
    rows_times_piece<Kind>(task, b, piece, steps,
                           {{few ? b + kStreamAhead : nullptr, fetch, 0}, later});
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
