// Keys and values that lie elsewhere than in a cache, or as bf16 that the code path does not
// multiply: laid out once for all rows of a task.
#pragma once

#include "attention_tiles.h"

namespace xc {
namespace {

// Tokens of a span, packed: keys (token, d), values (token, padded_d), pairs of tokens for Dot.
template <class Kind>
struct PackedSpan {
  using A = typename Kind::A;
  using B = typename Kind::B;
  A* keys;
  B* values;

  PackedSpan(float* memory, const AttentionTask& task)
      : keys(reinterpret_cast<A*>(memory)),
        values(reinterpret_cast<B*>(memory + kSpanTokens * task.d)) {}

  // Floats of the memory given to the constructor.
  static int64_t size(const AttentionTask& task) { return kSpanTokens * (task.d + task.padded_d); }

  KeyBlock<Kind> block(const AttentionTask& task, int64_t token) const {
    return {keys + token * task.d, task.d, Kind::kPair, values + token * task.padded_d};
  }
};

#if defined(__AVX512BF16__)
// n values of a row, rounded.
XC_INLINE void pack_key(uint16_t* to, const float* from, int64_t n) {
  for (int64_t i = 0; i < n; i += 16) {
    const __m256bh half = _mm512_cvtneps_pbh((__m512)load_some(from + i, n - i));
    _mm256_mask_storeu_epi16(to + i, n - i >= 16 ? 0xffff : (1u << (n - i)) - 1, (__m256i)half);
  }
}

// The values of two tokens as pairs, the second one is null beyond the last token.
XC_INLINE void pack_values(uint16_t* to, const float* first, const float* second, int64_t n,
                           int64_t padded_n) {
  for (int64_t i = 0; i < padded_n; i += 16) {
    const Vec b = second == nullptr ? Vec{} : load_some(second + i, n - i);
    store_pairs(to + 2 * i, load_some(first + i, n - i), b);
  }
}
#endif

XC_INLINE void pack_key(float* to, const float* from, int64_t n) {
  memcpy(to, from, static_cast<size_t>(n) * sizeof(float));
}

inline void pack_values(float* to, const float* first, const float* second, int64_t n,
                           int64_t padded_n) {
  pack_key(to, first, n);
  memset(to + n, 0, static_cast<size_t>(padded_n - n) * sizeof(float));
  if (second != nullptr) {
    pack_values(to + padded_n, second, nullptr, n, padded_n);
  }
}

// Rows first .. end - 1 of the keys and values of a view.
template <class Kind>
void pack_view(const PackedSpan<Kind>& span, const ViewTask& view, const AttentionTask& task,
               int64_t first, int64_t end) {
  for (int64_t token = first; token < end; token++) {
    pack_key(span.keys + (token - first) * task.d, view.keys + token * view.stride, task.d);
  }
  for (int64_t token = first; token < end; token += 2) {
    const float* values = view.values + token * view.stride;
    pack_values(span.values + (token - first) * task.padded_d, values,
                token + 1 < end ? values + view.stride : nullptr, task.d, task.padded_d);
  }
}

// Pairs of two rows of n values to the rows.
inline void widen_pairs(float* to, const uint16_t* pairs, int64_t rows, int64_t n) {
  for (int64_t row = 0; row < rows; row += 2) {
    for (int64_t i = 0; i < n; i += kLanes) {
      const IntVec both = load_int(pairs + row * n + 2 * i);
      store(to + row * n + i, from_bits(both << 16));
      store(to + (row + 1) * n + i, from_bits(both & static_cast<int32_t>(0xffff0000)));
    }
  }
}

}  // namespace
}  // namespace xc
