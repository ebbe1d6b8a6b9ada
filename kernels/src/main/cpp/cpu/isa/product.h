// The register tile of all matrix products: MR rows by NC vectors of columns, one chain of
// multiply-adds over k. Three kinds of operands:
//   F32    a and b f32
//   Widen  a f32, b bf16 in pairs of k, widened on the fly
//   Dot    a and b bf16 in pairs of k, two products an instruction
#pragma once

#include "../kernels.h"
#include "vector.h"

namespace xc {
namespace {

#if defined(__AVX512F__)
constexpr int kTileVectors = 4;
#else
constexpr int kTileVectors = 2;
#endif
// Columns that a tile takes at once.
constexpr int64_t kTileColumns = kTileVectors * kLanes;

// What a product fetches for later, while it multiplies: some lines at each step of k.
struct Ahead {
  const char* from;
  int64_t step;    // bytes from step to step
  int64_t second;  // distance of a second line, 0 for one line

  template <int Lines>
  XC_INLINE void fetch(const Ahead& ahead, int64_t k) {
    const char* p = ahead.from + k * ahead.step;
    if (Lines == 2) {
      __builtin_prefetch(p, 0, 2);
      __builtin_prefetch(p + ahead.second, 0, 2);
    } else {
      XC_UNROLL for (int i = 0; i < Lines; i++) { __builtin_prefetch(p + 64 * i, 0, 3); }
    }
  }
};

// a(i, k) is at a[i·ai + k·ak] (Dot: pairs at a[i·ai + (k/2)·ak]); b(k, j) at b[k·ldb + j]
// (bf16: b[((k/2)·ldb + j)·2 + k%2]).
struct F32 {
  using A = float;
  using B = float;
  static constexpr int64_t kPair = 1;

  template <int MR, int NC, int Lines>
  XC_INLINE void accumulate(Vec (&acc)[MR][NC], const A* a, int64_t ai, int64_t ak, const B* b,
                             int64_t ldb, int64_t k, const Ahead& ahead) {
    for (int64_t step = 0; step < k; step++) {
      Ahead::fetch<Lines>(ahead, step);
      Vec column[NC];
      XC_UNROLL for (int j = 0; j < NC; j++) {
        column[j] = load(b + j * kLanes);
      }
      XC_UNROLL for (int i = 0; i < MR; i++) {
        const Vec row = splat(a[i * ai]);
        XC_UNROLL for (int j = 0; j < NC; j++) { acc[i][j] += row * column[j]; }
      }
      a += ak;
      b += ldb;
    }
  }
};

struct Widen {
  using A = float;
  using B = uint16_t;
  static constexpr int64_t kPair = 2;

  template <int MR, int NC, int Lines>
  XC_INLINE void accumulate(Vec (&acc)[MR][NC], const A* a, int64_t ai, int64_t ak, const B* b,
                             int64_t ldb, int64_t k, const Ahead& ahead) {
    for (int64_t step = 0; step < k; step += 2) {
      Ahead::fetch<Lines>(ahead, step / 2);
      IntVec pair[NC];
      XC_UNROLL for (int j = 0; j < NC; j++) {
        pair[j] = load_int(b + 2 * j * kLanes);
      }
      XC_UNROLL for (int i = 0; i < MR; i++) {
        const Vec row = splat(a[i * ai]);
        XC_UNROLL for (int j = 0; j < NC; j++) { acc[i][j] += row * from_bits(pair[j] << 16); }
      }
      XC_UNROLL for (int i = 0; i < MR; i++) {
        const Vec row = splat(a[i * ai + ak]);
        XC_UNROLL for (int j = 0; j < NC; j++) {
          acc[i][j] += row * from_bits(pair[j] & static_cast<int32_t>(0xffff0000));
        }
      }
      a += 2 * ak;
      b += 2 * ldb;
    }
  }
};

#if defined(__AVX512BF16__)
struct Dot {
  using A = uint16_t;
  using B = uint16_t;
  static constexpr int64_t kPair = 2;

  // ai and ak count elements here: a pair is 2 of them.
  template <int MR, int NC, int Lines>
  XC_INLINE void accumulate(Vec (&acc)[MR][NC], const A* a, int64_t ai, int64_t ak, const B* b,
                             int64_t ldb, int64_t k, const Ahead& ahead) {
    for (int64_t step = 0; step < k; step += 2) {
      Ahead::fetch<Lines>(ahead, step / 2);
      __m512bh pair[NC];
      XC_UNROLL for (int j = 0; j < NC; j++) {
        pair[j] = (__m512bh)_mm512_loadu_si512(b + 2 * j * kLanes);
      }
      XC_UNROLL for (int i = 0; i < MR; i++) {
        int32_t both;
        memcpy(&both, a + i * ai, 4);
        const __m512bh row = (__m512bh)_mm512_set1_epi32(both);
        XC_UNROLL for (int j = 0; j < NC; j++) {
          acc[i][j] = (Vec)_mm512_dpbf16_ps((__m512)acc[i][j], row, pair[j]);
        }
      }
      a += ak;
      b += 2 * ldb;
    }
  }
};
using Half = Dot;
#else
using Half = Widen;
#endif

// A number that a template can take.
template <int N>
struct Int {
  static constexpr int value = N;
};

// Runs body(Int<rows>), kTileRows at most.
template <class Body>
XC_INLINE void with_rows(int64_t rows, Body body) {
  switch (rows) {
    case 1: body(Int<1>{}); break;
    case 2: body(Int<2>{}); break;
    case 3: body(Int<3>{}); break;
    case 4: body(Int<4>{}); break;
    case 5: body(Int<5>{}); break;
    default: body(Int<6>{}); break;
  }
}

// Runs body(Int<vectors>), kTileVectors at most.
template <class Body>
XC_INLINE void with_vectors(int64_t vectors, Body body) {
  switch (vectors) {
    case 1: body(Int<1>{}); break;
#if defined(__AVX512F__)
    case 2: body(Int<2>{}); break;
    case 3: body(Int<3>{}); break;
#endif
    default: body(Int<kTileVectors>{}); break;
  }
}

}  // namespace
}  // namespace xc
