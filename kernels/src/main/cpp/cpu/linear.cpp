#include <string.h>

#include <algorithm>

#include "bf16.h"
#include "context.h"

namespace {

using xc::kPanel;
using xc::kTileRows;
using ll = long long;

int64_t even(int64_t n) { return n + n % 2; }

float from_half(uint16_t h) {
  const uint32_t sign = static_cast<uint32_t>(h & 0x8000u) << 16;
  const uint32_t rest = h & 0x7fffu;
  uint32_t u;
  if (rest >= 0x7c00u) {  // infinity, NaN
    u = sign | 0x7f800000u | (rest & 0x3ffu) << 13;
  } else if (rest >= 0x400u) {
    u = sign | ((rest << 13) + 0x38000000u);
  } else {  // subnormal: rest·2^-24
    const float magnitude = static_cast<float>(rest) * 5.9604644775390625e-8f;
    memcpy(&u, &magnitude, 4);
    u |= sign;
  }
  float f;
  memcpy(&f, &u, 4);
  return f;
}

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
    pack_piece(half, panel, column, k0, k1, kPair, from_half);
  } else {
    pack_piece(half, panel, column, k0, k1, kPair, xc::from_bf16);
  }
}

void pack_rows(xc_context* context, xc_weight* weight, const char* source, int32_t dtype,
               int64_t first, int64_t count) {
  // A line of each of the panel's rows at a time: the part of the panel that is written to stays
  // in the first-level cache.
  constexpr int64_t kStep = 32;
  const int64_t row_bytes = weight->in * (dtype == XC_F32 ? 4 : 2);
  const int64_t first_panel = first / kPanel;
  const int64_t panels = (first + count - 1) / kPanel - first_panel + 1;
  context->pool.run(panels, [&](int64_t index, int32_t) {
    const int64_t panel = first_panel + index;
    char* data = weight->data + panel * weight->panel_bytes;
    const int64_t begin = std::max(first, panel * kPanel);
    const int64_t end = std::min(first + count, (panel + 1) * kPanel);
    for (int64_t k0 = 0; k0 < weight->in; k0 += kStep) {
      const int64_t k1 = std::min(weight->in, k0 + kStep);
      for (int64_t row = begin; row < end; row++) {
        const char* from = source + (row - first) * row_bytes;
        const int64_t column = row - panel * kPanel;
        if (weight->dtype == XC_F32) {
          pack_row_piece(from, dtype, reinterpret_cast<float*>(data), column, k0, k1);
        } else if (dtype == XC_BF16) {
          copy_pairs(reinterpret_cast<const uint16_t*>(from), reinterpret_cast<uint16_t*>(data),
                     column, k0, k1);
        } else {
          pack_row_piece(from, dtype, reinterpret_cast<uint16_t*>(data), column, k0, k1);
        }
      }
    }
  });
}

// What both linear operations share.
struct Linear {
  xc_context* context;
  float* out;
  const float* x;
  int64_t n;
  const xc_weight* weight;
  const float* bias;
  float scale;
  bool add;
};

int64_t padded_k(const xc_weight& weight) {
  return weight.dtype == XC_F32 ? weight.in : even(weight.in);
}

// Values of k that tiles pass by before the next: as many as keep a piece of a panel in the
// first-level cache, or all for a single tile.
int64_t k_piece(const xc_weight& weight, int64_t tiles) {
  const int64_t bytes = tiles < 4 ? 8 << 10 : 32 << 10;
  const int64_t k = bytes / kPanel / (weight.dtype == XC_F32 ? 4 : 2);
  return tiles == 1 ? padded_k(weight) : k;
}

void pack_tiles(const Linear& call, const xc::PackTask& task) {
  const xc::Kernels* kernels = call.context->kernels;
  const auto pack = call.weight->dtype == XC_F32 ? kernels->pack_rows_f32 : kernels->pack_rows_bf16;
  const int64_t grain = std::max<int64_t>(1, (INT64_C(1) << 16) / (task.k * task.tile_rows));
  call.context->each_range(task.tiles, grain,
                           [&](int64_t begin, int64_t end) { pack(&task, begin, end); });
}

// Packed rows, the first of which is row `first` of the call: a task for each panel, or for several
// pieces of its rows when there are few panels.
void multiply(const Linear& call, int64_t first, const xc::PackTask& packed) {
  const xc_weight* weight = call.weight;
  xc_context* context = call.context;
  const auto kernel =
      weight->dtype == XC_F32 ? context->kernels->linear_f32 : context->kernels->linear_bf16;
  const int64_t wanted = context->pool.threads() == 1 ? 1 : context->pool.threads() * INT64_C(8);
  const int64_t parts =
      std::min(packed.tiles, std::max<int64_t>(1, wanted / std::max<int64_t>(1, weight->panels())));
  auto task = [&](int64_t index, int32_t worker) {
    const int64_t panel = index / parts;
    const int64_t part = index % parts;
    const int64_t begin = packed.tiles * part / parts;
    const int64_t end = packed.tiles * (part + 1) / parts;
    const int64_t row = begin * packed.tile_rows;
    const int64_t column = panel * kPanel;
    xc::LinearTask linear = {};
    linear.a = packed.a;
    linear.tiles = packed.tiles;
    linear.first_tile = begin;
    linear.tile_rows = packed.tile_rows;
    linear.rows = std::min(packed.rows, end * packed.tile_rows) - row;
    linear.k_piece = packed.k_piece;
    linear.b = weight->data + panel * weight->panel_bytes;
    linear.k = weight->in;
    linear.columns = std::min(kPanel, weight->out - column);
    linear.out = call.out + (first + row) * weight->out + column;
    linear.out_stride = weight->out;
    linear.bias = call.bias == nullptr ? nullptr : call.bias + column;
    linear.scale = call.scale;
    linear.add = call.add;
    linear.sums = context->scratch(worker);
    kernel(&linear);
  };
  const int64_t tasks = weight->panels() * parts;
  // Waking a thread costs more than so few products.
  if (packed.rows * weight->out * weight->in < 32768) {
    for (int64_t index = 0; index < tasks; index++) {
      task(index, 0);
    }
  } else {
    context->pool.run(tasks, task);
  }
}

// Tiles of rows that pass by the panels together: 576 rows of 4096 stay in the caches, while 2048
// at once ran at 80 % of their rate.
constexpr int64_t kTilesTogether = 96;

void run_linear(const Linear& call) {
  const int64_t k = call.weight->in;
  const int64_t element = call.weight->dtype == XC_F32 ? 4 : call.context->kernels->bf16_row_bytes;
  const int64_t most_tiles = std::min(
      kTilesTogether, call.context->workspace.bytes() / (even(k) * kTileRows * element));
  for (int64_t first = 0; first < call.n;) {
    // What is left, in the fewest parts that the workspace holds, all of about one size.
    const int64_t left = call.n - first;
    const int64_t left_tiles = (left + kTileRows - 1) / kTileRows;
    const int64_t parts = (left_tiles + most_tiles - 1) / most_tiles;
    const int64_t rows = std::min(left, (left_tiles + parts - 1) / parts * kTileRows);
    const int64_t full_tiles = (rows + kTileRows - 1) / kTileRows;
    const int64_t tile_rows = (rows + full_tiles - 1) / full_tiles;
    const int64_t tiles = (rows + tile_rows - 1) / tile_rows;
    const xc::PackTask packed = {call.context->workspace.address(),
                                 call.x + first * k,
                                 rows,
                                 tile_rows,
                                 tiles,
                                 k,
                                 padded_k(*call.weight),
                                 k_piece(*call.weight, tiles)};
    pack_tiles(call, packed);
    multiply(call, first, packed);
    first += rows;
  }
}

}  // namespace

int32_t xc_weight_create_cpu(xc_context* context, xc_weight** weight, int64_t out, int64_t in,
                             int32_t dtype) {
  XC_REQUIRE(context != nullptr && weight != nullptr, "null argument");
  *weight = nullptr;
  XC_REQUIRE(out >= 1 && in >= 1 && in <= XC_MAX_LINEAR_IN && xc::fits(out + kPanel, in + 1, 4),
             "(%lld, %lld) is out of range", (ll)out, (ll)in);
  XC_REQUIRE(dtype == XC_F32 || dtype == XC_BF16, "dtype %d is not F32 or BF16", dtype);
  return xc::guarded([&]() -> int32_t {
    const int64_t panels = (out + kPanel - 1) / kPanel;
    const int64_t panel_bytes = dtype == XC_F32 ? in * kPanel * 4 : even(in) * kPanel * 2;
    void* data = xc::allocate_zeroed(panels * panel_bytes);
    if (data == nullptr) {
      return xc::fail(XC_OUT_OF_MEMORY, "no memory for a weight of %lld bytes",
                      (ll)(panels * panel_bytes));
    }
    *weight = new (std::nothrow)
        xc_weight{out, in, dtype, panel_bytes, panels * panel_bytes, static_cast<char*>(data)};
    if (*weight == nullptr) {
      xc::release(data, panels * panel_bytes);
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
    pack_rows(context, weight, static_cast<const char*>(source), dtype, first, count);
  });
}

namespace {

int32_t checked_linear(const Linear& call) {
  XC_REQUIRE(call.context != nullptr && call.weight != nullptr, "null context or weight");
  XC_REQUIRE(call.n >= 0 && xc::fits(call.n, std::max(call.weight->in, call.weight->out), 4),
             "%lld rows are out of range", (ll)call.n);
  if (call.n == 0) {
    return XC_OK;
  }
  XC_REQUIRE(call.out != nullptr && call.x != nullptr, "null tensor");
  return xc::run(call.context, [&] { run_linear(call); });
}

}  // namespace

int32_t xc_linear_cpu(xc_context* context, float* out, const float* x, int64_t n,
                      const xc_weight* weight, const float* bias) {
  return checked_linear({context, out, x, n, weight, bias, 1.0f, false});
}

int32_t xc_linear_add_cpu(xc_context* context, float* out, const float* x, int64_t n,
                          const xc_weight* weight, float scale) {
  return checked_linear({context, out, x, n, weight, nullptr, scale, true});
}
