#include "quantize.h"

#include <math.h>
#include <string.h>

#include <algorithm>

#include "panel.h"

namespace xc {
namespace {

constexpr int64_t kGroup = kInt4Steps.k;
constexpr int64_t kGroups = kMostQuantizedIn / kGroup;
constexpr int32_t kLowest = -8;
constexpr int32_t kHighest = 7;

void put_scale(char* panel, int64_t steps_bytes, int64_t column, float scale) {
  memcpy(panel + steps_bytes + column * 4, &scale, 4);
}

// The least step with which the group's values fit kLowest .. kHighest; NaN when one of them is not
// finite.
float step_of(const float* values, int64_t n) {
  float low = 0;
  float high = 0;
  bool finite = true;
  for (int64_t i = 0; i < n; i++) {
    low = std::min(low, values[i]);
    high = std::max(high, values[i]);
    finite &= isfinite(values[i]) != 0;
  }
  return finite ? std::max(low / kLowest, high / kHighest) : NAN;
}

// A group's integers, kept, at panel: the step's first byte of the column.
void put_group(char* panel, int64_t column, const float* values, int64_t n, int32_t multiplier,
               float scale) {
  const float inverse = multiplier == 0 ? 0.0f : 1.0f / (static_cast<float>(multiplier) * scale);
  uint8_t kept[kGroup];
  for (int64_t i = 0; i < kGroup; i++) {
    const auto nearest = i < n ? static_cast<int32_t>(lrintf(values[i] * inverse)) : 0;
    kept[i] = static_cast<uint8_t>(std::clamp(nearest, kLowest, kHighest) + kInt4Offset);
  }
  for (int64_t word = 0; word < 4; word++) {
    uint8_t both[4];
    for (int64_t b = 0; b < 4; b++) {
      both[b] = static_cast<uint8_t>(kept[8 * word + b] | kept[8 * word + 4 + b] << 4);
    }
    memcpy(panel + (word * kPanel + column) * 4, both, 4);
  }
  panel[4 * kPanel * 4 + column] = static_cast<char>(multiplier);
}

}  // namespace

void pack_int8_column(const Kernels& kernels, char* panel, int64_t column, const float* values,
                      int64_t in) {
  int8_t integers[kMostQuantizedIn];
  const float scale = kernels.quantize_row(integers, values, in);
  const int64_t steps = (in + kInt8Steps.k - 1) / kInt8Steps.k;
  for (int64_t step = 0; step < steps; step++) {
    uint32_t word;
    memcpy(&word, integers + step * kInt8Steps.k, 4);
    // + kInt8Offset in each byte
    word ^= 0x80808080u;
    memcpy(panel + step * kInt8Steps.bytes + column * 4, &word, 4);
  }
  put_scale(panel, steps * kInt8Steps.bytes, column, scale);
}

void pack_int4_column(char* panel, int64_t column, const float* values, int64_t in) {
  const int64_t groups = (in + kGroup - 1) / kGroup;
  float steps[kGroups];
  float widest = 0;
  for (int64_t g = 0; g < groups; g++) {
    steps[g] = step_of(values + g * kGroup, std::min(kGroup, in - g * kGroup));
    // The first NaN stays.
    widest = steps[g] <= widest || isnan(widest) ? widest : steps[g];
  }
  const int64_t most = std::min(kMostMultiplier, INT64_C(0x7fffffff) / (groups * kMostGroupSum));
  // Smaller steps would need infinite inverses.
  const float scale = widest < 1e-30f ? 0.0f : widest / static_cast<float>(most);
  for (int64_t g = 0; g < groups; g++) {
    const float multiplier = scale > 0.0f ? ceilf(steps[g] / scale * 0.999999f) : 0.0f;
    put_group(panel + g * kInt4Steps.bytes, column, values + g * kGroup,
              std::min(kGroup, in - g * kGroup),
              static_cast<int32_t>(std::clamp<int64_t>(static_cast<int64_t>(multiplier), 0, most)),
              scale);
  }
  put_scale(panel, groups * kInt4Steps.bytes, column, scale);
}

}  // namespace xc
