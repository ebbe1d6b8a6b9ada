// Log-softmax and the k largest of one row.
#include "kernel_list.h"
#include "vector.h"

namespace xc {
namespace {

XC_INLINE float maximum(const float* x, int64_t n) {
  Vec most = splat(-INFINITY);
  int64_t i = 0;
  for (; i + kLanes <= n; i += kLanes) {
    most = max(load(x + i), most);
  }
  if (i < n) {
    most = max(load_part(x + i, n - i, -INFINITY), most);
  }
  return max_lanes(most);
}

// Whether (value, index) comes before (other, other_index). Written without the library's
// comparisons: NaN is below everything, of equal ones the lower index is first.
XC_INLINE bool before(float value, int32_t index, float other, int32_t other_index) {
  const bool nan = value != value;
  const bool other_nan = other != other;
  if (nan || other_nan) {
    return nan == other_nan ? index < other_index : other_nan;
  }
  return value == other ? index < other_index : value > other;
}

// Puts the entry at `hole` or below, so that no parent comes before its children: the root is the
// one to give up first.
XC_INLINE void sift_down(float* values, int32_t* indices, int64_t n, int64_t hole, float value,
                         int32_t index) {
  for (;;) {
    int64_t child = 2 * hole + 1;
    if (child >= n) {
      break;
    }
    if (child + 1 < n &&
        before(values[child], indices[child], values[child + 1], indices[child + 1])) {
      child++;
    }
    if (!before(value, index, values[child], indices[child])) {
      break;
    }
    values[hole] = values[child];
    indices[hole] = indices[child];
    hole = child;
  }
  values[hole] = value;
  indices[hole] = index;
}

}  // namespace

namespace XC_ISA {

void log_softmax(float* x, int64_t c) {
  const float most = maximum(x, c);
  // Partial sums in double: a vocabulary is too long for one f32 chain.
  double total = 0;
  for (int64_t begin = 0; begin < c; begin += 1024) {
    const int64_t end = c - begin < 1024 ? c : begin + 1024;
    Vec part = {};
    int64_t i = begin;
    for (; i + kLanes <= end; i += kLanes) {
      part += exp(load(x + i) - most);
    }
    if (i < end) {
      part += exp(load_part(x + i, end - i, -INFINITY) - most);
    }
    total += sum_lanes(part);
  }
  const float shift = static_cast<float>(__builtin_log(total));
  int64_t i = 0;
  for (; i + kLanes <= c; i += kLanes) {
    store(x + i, (load(x + i) - most) - shift);
  }
  if (i < c) {
    store_part(x + i, (load_part(x + i, c - i, 0) - most) - shift, c - i);
  }
}

void top_k(float* values, int32_t* indices, const float* x, int64_t c, int64_t k) {
  for (int64_t i = 0; i < k; i++) {
    values[i] = x[i];
    indices[i] = static_cast<int32_t>(i);
  }
  for (int64_t i = k / 2 - 1; i >= 0; i--) {
    sift_down(values, indices, k, i, values[i], indices[i]);
  }
  for (int64_t i = k; i < c;) {
    // Whole vectors below the worst kept one are passed over; an equal one has a higher index.
    if (i + kLanes <= c && values[0] == values[0]) {
      const IntVec above = load(x + i) > splat(values[0]);
      int64_t any = 0;
      XC_UNROLL for (int j = 0; j < kLanes; j++) { any |= above[j]; }
      if (any == 0) {
        i += kLanes;
        continue;
      }
    }
    const int64_t end = c - i < kLanes ? c : i + kLanes;
    for (; i < end; i++) {
      if (before(x[i], static_cast<int32_t>(i), values[0], indices[0])) {
        sift_down(values, indices, k, 0, x[i], static_cast<int32_t>(i));
      }
    }
  }
  for (int64_t n = k - 1; n > 0; n--) {
    const float value = values[n];
    const int32_t index = indices[n];
    values[n] = values[0];
    indices[n] = indices[0];
    sift_down(values, indices, n, 0, value, index);
  }
}

}  // namespace XC_ISA
}  // namespace xc
