#include <string.h>

#include <algorithm>

#include "context.h"

namespace {

using xc::kLinearRows;
using xc::kPanel;
using xc::kTileRows;
using ll = long long;

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

// Bytes of packed rows that pass by the panels together: what stays in the caches.
constexpr int64_t kBytesTogether = INT64_C(5) << 20;
// Fewer products than these take less time than telling another thread of them.
constexpr int64_t kProductsAlone = 32768;
// Values that a thread packs in about the time that telling it takes.
constexpr int64_t kValuesAlone = 32768;

const xc::LinearKernels& kernels_of(const Linear& call) {
  const xc::Kernels& kernels = *call.context->kernels;
  switch (call.weight->dtype) {
    case XC_F32: return kernels.linear_f32;
    case XC_BF16: return kernels.linear_bf16;
    case XC_INT8: return kernels.linear_int8;
    default: return kernels.linear_int4;
  }
}

// Some rows of a call, packed; the first of them is row `first` of the call.
struct PackedRows {
  int64_t first;
  int64_t tile_rows;
  int64_t tiles;
  xc::PackTask pack;
};

// Rows in the fewest tiles. Many are all of about one height; of two the first is full, since it
// waits for the memory and the other only multiplies.
PackedRows packed_rows(const Linear& call, int64_t first, int64_t rows) {
  const int64_t full_tiles = (rows + kTileRows - 1) / kTileRows;
  const int64_t tile_rows =
      full_tiles <= 2 ? std::min(rows, kTileRows) : (rows + full_tiles - 1) / full_tiles;
  char* workspace = call.context->workspace.address();
  const int64_t k = call.weight->in;
  return {first,
          tile_rows,
          (rows + tile_rows - 1) / tile_rows,
          {workspace + 2 * kLinearRows * sizeof(float), call.x + first * k, rows, k,
           reinterpret_cast<float*>(workspace),
           reinterpret_cast<int32_t*>(workspace) + kLinearRows}};
}

void pack(const Linear& call, const xc::PackTask& task) {
  const auto pack_rows = kernels_of(call).pack_rows;
  call.context->each_range(task.rows, std::max<int64_t>(1, kValuesAlone / task.k),
                           [&](int64_t begin, int64_t end) { pack_rows(&task, begin, end); });
}

// A task for each panel, or for several parts of the rows when there are few panels.
struct LinearTasks {
  const Linear& call;
  const PackedRows& rows;
  int64_t parts;

  int64_t count() const { return call.weight->panels() * parts; }

  const char* panel(int64_t index) const {
    return call.weight->data + index / parts * call.weight->panel_bytes;
  }

  void run(int64_t index, int32_t worker) const {
    const xc_weight& weight = *call.weight;
    const int64_t part = index % parts;
    const int64_t begin = rows.tiles * part / parts * rows.tile_rows;
    const int64_t end = rows.tiles * (part + 1) / parts * rows.tile_rows;
    const int64_t column = index / parts * kPanel;
    const int64_t next = index + call.context->pool.threads();
    xc::LinearTask task = {};
    task.a = rows.pack.a;
    task.packed_rows = rows.pack.rows;
    task.first_row = begin;
    task.rows = std::min(rows.pack.rows, end) - begin;
    task.tile_rows = rows.tile_rows;
    task.k = weight.in;
    task.b = panel(index);
    task.next_b = panel(next < count() ? next : index);
    task.columns = std::min(kPanel, weight.out - column);
    task.out = call.out + (rows.first + begin) * weight.out + column;
    task.out_stride = weight.out;
    task.bias = call.bias == nullptr ? nullptr : call.bias + column;
    task.scale = call.scale;
    task.add = call.add;
    task.row_scales = rows.pack.scales + begin;
    task.row_sums = rows.pack.sums + begin;
    if (weight.quantized()) {
      task.column_scales =
          reinterpret_cast<const float*>(task.b + weight.panel_bytes) - kPanel;
    }
    task.sums = call.context->scratch(worker);
    kernels_of(call).multiply(&task);
  }
};

void multiply(const Linear& call, const PackedRows& rows) {
  xc::ThreadPool& pool = call.context->pool;
  const int64_t wanted = pool.threads() == 1 ? 1 : pool.threads() * INT64_C(16);
  const int64_t parts =
      std::min(rows.tiles, std::max<int64_t>(1, wanted / call.weight->panels()));
  const LinearTasks tasks = {call, rows, parts};
  if (rows.pack.rows * call.weight->out * call.weight->in < kProductsAlone) {
    for (int64_t index = 0; index < tasks.count(); index++) {
      tasks.run(index, 0);
    }
  } else {
    pool.run(tasks.count(), [&](int64_t index, int32_t worker) { tasks.run(index, worker); });
  }
}

void run_linear(const Linear& call) {
  const xc::StepLayout& steps = call.weight->steps();
  const int64_t pieces = (call.weight->in - 1) / (steps.k * steps.per_piece) + 1;
  const int64_t row_bytes = pieces * kernels_of(call).row_bytes;
  const int64_t most = std::min(kLinearRows, std::max(kTileRows, kBytesTogether / row_bytes));
  for (int64_t first = 0; first < call.n;) {
    // What is left, in the fewest parts, all of about one size and of whole tiles.
    const int64_t left = call.n - first;
    const int64_t parts = (left + most - 1) / most;
    const int64_t tiles = ((left + parts - 1) / parts + kTileRows - 1) / kTileRows;
    const PackedRows rows =
        packed_rows(call, first, std::min(left, std::min(most, tiles * kTileRows)));
    pack(call, rows.pack);
    multiply(call, rows);
    first += rows.pack.rows;
  }
}

}  // namespace

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
