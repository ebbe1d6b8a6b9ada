// Attention of the tower: a task is a view, a head and all or some of its rows.
#include <algorithm>

#include "attention_work.h"

namespace {

using xc::kAttentionRows;
using ll = long long;

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

struct ViewAttention {
  xc_context* context;
  float* out;
  const float* qkv;
  int64_t views;
  int64_t positions;
  int64_t heads;
  int64_t d;
  float scale;
  int32_t dtype;

  void run() const {
    // A head's rows stay together, so that its keys and values are laid out once, unless threads
    // would go without work.
    const int64_t wanted = divide_up(2 * context->pool.threads(), views * heads);
    const int64_t parts = std::min(std::max(divide_up(positions, kAttentionRows), wanted),
                                   divide_up(positions, xc::kPanel));
    const int64_t rows = divide_up(positions, parts);
    context->pool.run(views * heads * parts, [&](int64_t index, int32_t worker) {
      const int64_t first = index % parts * rows;
      some_rows(index / parts / heads, index / parts % heads, first,
                std::min(first + rows, positions), context->scratch(worker));
    });
  }

  // Rows first .. end - 1 of a head of a view.
  void some_rows(int64_t view, int64_t head, int64_t first, int64_t end, float* memory) const {
    const int64_t stride = 3 * heads * d;
    const float* q = qkv + view * positions * stride + head * d;
    xc::AttentionWork work(memory);
    for (int64_t row = first; row < end; row++) {
      work.add_row(q + row * stride, positions);
    }
    xc::AttentionTask task = work.task(d, scale);
    task.end_token = positions;
    const xc::ViewTask keys_values = {q + heads * d, q + 2 * heads * d, stride};
    const xc::Kernels* kernels = context->kernels;
    (dtype == XC_F32 ? kernels->attention_view_f32 : kernels->attention_view_bf16)(
        &keys_values, &task, work.scratch());
    float* to = out + (view * positions * heads + head) * d;
    for (int64_t row = first; row < end; row++) {
      kernels->attention_finish(to + row * heads * d, task.state.sum[row - first],
                                task.state.output + (row - first) * task.padded_d, d);
    }
  }
};

}  // namespace

int32_t xc_attention_cpu(xc_context* context, float* out, const float* qkv, int64_t v, int64_t p,
                         int64_t h, int64_t d, float scale, int32_t dtype) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(d >= 8 && d % 8 == 0 && d <= XC_MAX_HEAD_DIM,
             "the head size %lld is not a multiple of 8 up to %d", (ll)d,
             XC_MAX_HEAD_DIM);
  XC_REQUIRE(v >= 0 && p >= 1 && h >= 1 && xc::fits(v, p, h, 3 * d * 4),
             "%lld views of %lld positions and %lld heads are out of range", (ll)v,
             (ll)p, (ll)h);
  XC_REQUIRE(dtype == XC_F32 || dtype == XC_BF16, "dtype %d is not F32 or BF16", dtype);
  if (v == 0) {
    return XC_OK;
  }
  XC_REQUIRE(out != nullptr && qkv != nullptr, "null tensor");
  return xc::run(context,
                 [&] { ViewAttention{context, out, qkv, v, p, h, d, scale, dtype}.run(); });
}
