// Weights of linear layers: memory, and laying out what is stored (see panel.h).
#include <string.h>

#include <algorithm>

#include "bf16.h"
#include "context.h"
#include "quantize.h"

namespace {

using xc::kPanel;
using ll = long long;

float from_f32(float f) { return f; }

// Values k0 .. k1 - 1 of one row to its column of the panel; pair is 1 for F32, 2 for BF16.
template <class From, class To, class Convert>
void pack_piece(const From* source, To* panel, int64_t column, int64_t k0, int64_t k1,
                int64_t pair, Convert convert) {
  for (int64_t k = k0; k < k1; k++) {
    xc::put(panel + (k / pair * kPanel + column) * pair + k % pair, convert(source[k]));
  }
}

// Two bf16 values at a time, unchanged.
void copy_pairs(const uint16_t* source, uint16_t* panel, int64_t column, int64_t k0, int64_t k1) {
  for (int64_t k = k0; k + 1 < k1; k += 2) {
    memcpy(panel + (k / 2 * kPanel + column) * 2, source + k, 4);
  }
  if (k1 % 2 != 0) {
    panel[(k1 / 2 * kPanel + column) * 2] = source[k1 - 1];
  }
}

template <class To>
void pack_row_piece(const void* source, int32_t dtype, To* panel, int64_t column, int64_t k0,
                    int64_t k1) {
  constexpr int64_t kPair = sizeof(To) == 2 ? 2 : 1;
  const auto* half = static_cast<const uint16_t*>(source);
  if (dtype == XC_F32) {
    pack_piece(static_cast<const float*>(source), panel, column, k0, k1, kPair, from_f32);
  } else if (dtype == XC_F16) {
    pack_piece(half, panel, column, k0, k1, kPair, xc::from_half);
  } else {
    pack_piece(half, panel, column, k0, k1, kPair, xc::from_bf16);
  }
}

// Some rows of what is stored.
struct Source {
  const char* data;
  int32_t dtype;
  int64_t first;
  int64_t count;
  int64_t in;

  const char* row(int64_t row) const {
    return data + (row - first) * in * (dtype == XC_F32 ? 4 : 2);
  }
};

void pack_float_panel(const xc_weight& weight, const Source& source, int64_t panel) {
  // A line of each of the panel's rows at a time: the part of the panel that is written to stays
  // in the first-level cache.
  constexpr int64_t kStep = 32;
  char* data = weight.data + panel * weight.panel_bytes;
  const int64_t begin = std::max(source.first, panel * kPanel);
  const int64_t end = std::min(source.first + source.count, (panel + 1) * kPanel);
  for (int64_t k0 = 0; k0 < weight.in; k0 += kStep) {
    const int64_t k1 = std::min(weight.in, k0 + kStep);
    for (int64_t row = begin; row < end; row++) {
      const char* from = source.row(row);
      const int64_t column = row - panel * kPanel;
      if (weight.dtype == XC_F32) {
        pack_row_piece(from, source.dtype, reinterpret_cast<float*>(data), column, k0, k1);
      } else if (source.dtype == XC_BF16) {
        copy_pairs(reinterpret_cast<const uint16_t*>(from), reinterpret_cast<uint16_t*>(data),
                   column, k0, k1);
      } else {
        pack_row_piece(from, source.dtype, reinterpret_cast<uint16_t*>(data), column, k0, k1);
      }
    }
  }
}

// values: room for a row.
void pack_integer_panel(const xc::Kernels& kernels, const xc_weight& weight, const Source& source,
                        int64_t panel, float* values) {
  char* data = weight.data + panel * weight.panel_bytes;
  const int64_t begin = std::max(source.first, panel * kPanel);
  const int64_t end = std::min(source.first + source.count, (panel + 1) * kPanel);
  for (int64_t row = begin; row < end; row++) {
    const void* from = source.row(row);
    for (int64_t k = 0; k < weight.in; k++) {
      values[k] = source.dtype == XC_F32    ? static_cast<const float*>(from)[k]
                  : source.dtype == XC_BF16 ? xc::from_bf16(static_cast<const uint16_t*>(from)[k])
                                            : xc::from_half(static_cast<const uint16_t*>(from)[k]);
    }
    if (weight.dtype == XC_INT8) {
      xc::pack_int8_column(kernels, data, row - panel * kPanel, values, weight.in);
    } else {
      xc::pack_int4_column(data, row - panel * kPanel, values, weight.in);
    }
  }
}

void pack(xc_context* context, const xc_weight& weight, const Source& source) {
  const int64_t first_panel = source.first / kPanel;
  const int64_t panels = (source.first + source.count - 1) / kPanel - first_panel + 1;
  context->pool.run(panels, [&](int64_t index, int32_t worker) {
    if (weight.quantized()) {
      pack_integer_panel(*context->kernels, weight, source, first_panel + index,
                         context->scratch(worker));
    } else {
      pack_float_panel(weight, source, first_panel + index);
    }
  });
}

int64_t panel_bytes(int64_t in, int32_t dtype) {
  const xc::StepLayout& steps = xc::steps_of(dtype);
  const int64_t scales = dtype == XC_INT8 || dtype == XC_INT4 ? kPanel * 4 : 0;
  return (in + steps.k - 1) / steps.k * steps.bytes + scales;
}

}  // namespace

int32_t xc_weight_create_cpu(xc_context* context, xc_weight** weight, int64_t out, int64_t in,
                             int32_t dtype) {
  XC_REQUIRE(context != nullptr && weight != nullptr, "null argument");
  *weight = nullptr;
  XC_REQUIRE(out >= 1 && in >= 1 && in <= XC_MAX_LINEAR_IN && xc::fits(out + kPanel, in + 1, 4),
             "(%lld, %lld) is out of range", (ll)out, (ll)in);
  XC_REQUIRE(dtype == XC_F32 || dtype == XC_BF16 || dtype == XC_INT8 || dtype == XC_INT4,
             "dtype %d is not F32, BF16, INT8 or INT4", dtype);
  XC_REQUIRE(dtype == XC_F32 || dtype == XC_BF16 || in <= XC_MAX_QUANTIZED_IN,
             "an integer weight takes %d inputs at most, not %lld", XC_MAX_QUANTIZED_IN, (ll)in);
  return xc::guarded([&]() -> int32_t {
    const int64_t panels = (out + kPanel - 1) / kPanel;
    const int64_t bytes = panels * panel_bytes(in, dtype);
    void* data = xc::allocate_zeroed(bytes);
    if (data == nullptr) {
      return xc::fail(XC_OUT_OF_MEMORY, "no memory for a weight of %lld bytes",
                      (ll)bytes);
    }
    *weight = new (std::nothrow)
        xc_weight{out, in, dtype, bytes / panels, bytes, static_cast<char*>(data)};
    if (*weight == nullptr) {
      xc::release(data, bytes);
      throw std::bad_alloc();
    }
    return XC_OK;
  });
}

int32_t xc_weight_free_cpu(xc_context* context, xc_weight* weight) {
  XC_REQUIRE(context != nullptr, "null context");
  if (weight != nullptr) {
    xc::release(weight->data, weight->bytes);
    delete weight;
  }
  return XC_OK;
}

int64_t xc_weight_bytes_cpu(const xc_weight* weight) {
  return weight == nullptr ? 0 : weight->bytes;
}

int32_t xc_weight_pack_cpu(xc_context* context, xc_weight* weight, const void* source,
                           int32_t dtype, int64_t first, int64_t count) {
  XC_REQUIRE(context != nullptr && weight != nullptr, "null argument");
  XC_REQUIRE(dtype == XC_F32 || dtype == XC_F16 || dtype == XC_BF16, "unknown dtype %d",
             dtype);
  XC_REQUIRE(first >= 0 && count >= 0 && first <= weight->out && count <= weight->out - first,
             "rows %lld + %lld are outside of %lld", (ll)first, (ll)count, (ll)weight->out);
  if (count == 0) {
    return XC_OK;
  }
  XC_REQUIRE(source != nullptr, "null source");
  return xc::run(context, [&] {
    pack(context, *weight, {static_cast<const char*>(source), dtype, first, count, weight->in});
  });
}
