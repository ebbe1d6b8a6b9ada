// Linear layers with INT8 and INT4 weights: rows are quantised one by one, products and their sums
// are exact integers, and one multiplication by both scales ends them.
#include "kernel_list.h"
#include "linear_tiles.h"

namespace xc {
namespace {

constexpr int32_t kInfinity = 0x7f800000;

// The largest magnitude's bits: from kInfinity on some value is not finite.
int32_t largest_bits(const float* x, int64_t n) {
  IntVec largest = {};
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    const IntVec magnitude = bits(load(x + i)) & 0x7fffffff;
    largest = magnitude > largest ? magnitude : largest;
  }
  int32_t most = 0;
  for (int lane = 0; lane < kLanes; lane++) {
    most = largest[lane] > most ? largest[lane] : most;
  }
  for (; i < n; i++) {
    int32_t u;
    memcpy(&u, x + i, 4);
    u &= 0x7fffffff;
    most = u > most ? u : most;
  }
  return most;
}

// n <= kLanes values times inverse, to the nearest integer, as bytes.
XC_INLINE void quantize(int8_t* out, Vec x, float inverse) {
  const IntVec integers = nearest(x * inverse);
#if defined(__AVX512F__)
  _mm_storeu_si128(reinterpret_cast<__m128i*>(out), _mm512_cvtepi32_epi8((__m512i)integers));
#else
  for (int i = 0; i < kLanes; i++) {
    out[i] = static_cast<int8_t>(integers[i]);
  }
#endif
}

// Fours of integers to the words that Quads takes.
XC_INLINE void put_quads(uint32_t* words, const int8_t* integers, int64_t quads) {
#if defined(__AVX512VNNI__)
  memcpy(words, integers, 4 * quads);
#else
  for (int64_t i = 0; i < 2 * quads; i++) {
    const int8_t* pair = integers + i / 2 * 4 + i % 2;
    const auto low = static_cast<uint16_t>(static_cast<int16_t>(pair[0]));
    const auto high = static_cast<uint16_t>(static_cast<int16_t>(pair[2]));
    words[i] = low | static_cast<uint32_t>(high) << 16;
  }
#endif
}

int32_t sum_of(const int8_t* integers, int64_t n) {
  int32_t sum = 0;
  for (int64_t i = 0; i < n; i++) {
    sum += integers[i];
  }
  return sum;
}

// A row's integers, from k to the end of its last step 0.
struct QuantizedRow {
  explicit QuantizedRow(const PackTask& task, int64_t row)
      : scale(XC_ISA::quantize_row(integers, task.x + row * task.k, task.k)) {
    memset(integers + task.k, 0, 32);
  }
  alignas(64) int8_t integers[kMostQuantizedIn + 64];
  float scale;
};

}  // namespace

namespace XC_ISA {

float quantize_row(int8_t* out, const float* x, int64_t n) {
  const int32_t most = largest_bits(x, n);
  float largest;
  memcpy(&largest, &most, 4);
  // Smaller values would need an infinite factor.
  const bool tiny = largest < 1e-36f;
  if (most >= kInfinity || tiny) {
    memset(out, 0, (n + 3) / 4 * 4);
    return tiny ? 0.0f : __builtin_nanf("");
  }
  const float inverse = 127.0f / largest;
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    quantize(out + i, load(x + i), inverse);
  }
  if (i < n) {
    int8_t last[kLanes];
    quantize(last, load_part(x + i, n - i, 0), inverse);
    memcpy(out + i, last, n - i);
  }
  for (i = n; i % 4 != 0; i++) {
    out[i] = 0;
  }
  return largest / 127.0f;
}

void pack_rows_int8(const PackTask* task, int64_t first_row, int64_t end_row) {
  for (int64_t row = first_row; row < end_row; row++) {
    const QuantizedRow quantized(*task, row);
    const int64_t steps = (task->k + 3) / 4;
    for (int64_t step = 0; step < steps; step += kInt8Steps.per_piece) {
      const int64_t piece = step / kInt8Steps.per_piece;
      const int64_t left = steps - step;
      put_quads(reinterpret_cast<uint32_t*>(task->a) + (piece * task->rows + row) * kInt8RowPiece,
                quantized.integers + step * 4,
                left < kInt8Steps.per_piece ? left : kInt8Steps.per_piece);
    }
    task->scales[row] = quantized.scale;
    task->sums[row] = sum_of(quantized.integers, task->k);
  }
}

void pack_rows_int4(const PackTask* task, int64_t first_row, int64_t end_row) {
  for (int64_t row = first_row; row < end_row; row++) {
    const QuantizedRow quantized(*task, row);
    const int64_t groups = (task->k + 31) / 32;
    for (int64_t group = 0; group < groups; group++) {
      const int64_t piece = group / kInt4Steps.per_piece;
      uint32_t* to = reinterpret_cast<uint32_t*>(task->a) +
                     (piece * task->rows + row) * kInt4RowPiece +
                     group % kInt4Steps.per_piece * kGroupWords;
      const int8_t* from = quantized.integers + group * 32;
      put_quads(to, from, 8);
      to[8 * kQuadWords] = static_cast<uint32_t>(-kInt4Offset * sum_of(from, 32));
    }
    task->scales[row] = quantized.scale;
    task->sums[row] = 0;
  }
}

void linear_int8(const LinearTask* task) { multiply_panel<LinearInt8>(task); }
void linear_int4(const LinearTask* task) { multiply_panel<LinearInt4>(task); }

}  // namespace XC_ISA
}  // namespace xc
