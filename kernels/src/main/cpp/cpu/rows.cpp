#include <algorithm>

#include "context.h"

namespace {

using ll = long long;

// Rows worth a task when a row has c elements.
int64_t grain(int64_t c) { return std::max<int64_t>(1, 16384 / std::max<int64_t>(1, c)); }

void copy_row(float* to, const float* from, int64_t c) {
  memcpy(to, from, static_cast<size_t>(c) * sizeof(float));
}

}  // namespace

int32_t xc_gather_rows_cpu(xc_context* context, float* out, const void* table, int32_t dtype,
                           const int32_t* ids, int64_t n, int64_t r, int64_t c) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(n >= 0 && r >= 0 && c >= 1 && xc::fits(n, c, 4) && xc::fits(r, c, 4),
             "(%lld, %lld) of %lld rows is out of range", (ll)n, (ll)c, (ll)r);
  XC_REQUIRE(dtype == XC_F32 || dtype == XC_BF16, "dtype %d is not F32 or BF16",
             dtype);
  if (n == 0) {
    return XC_OK;
  }
  XC_REQUIRE(out != nullptr && table != nullptr && ids != nullptr, "null argument");
  for (int64_t i = 0; i < n; i++) {
    XC_REQUIRE(ids[i] >= 0 && ids[i] < r, "id %d at %lld is outside of 0 .. %lld",
               ids[i], (ll)i, (ll)r - 1);
  }
  return xc::run(context, [&] {
    context->each_range(n, grain(c), [&](int64_t begin, int64_t end) {
      for (int64_t i = begin; i < end; i++) {
        if (dtype == XC_F32) {
          copy_row(out + i * c, static_cast<const float*>(table) + ids[i] * c, c);
        } else {
          context->kernels->widen_bf16(out + i * c,
                                       static_cast<const uint16_t*>(table) + ids[i] * c, c);
        }
      }
    });
  });
}

int32_t xc_patchify_cpu(xc_context* context, float* out, const float* views, int64_t v,
                        int64_t size, int64_t patch) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(v >= 0 && size >= 1 && patch >= 1 && size % patch == 0 &&
                 xc::fits(v, 3, size, size) && xc::fits(4, v, 3, size),
             "%lld views of size %lld in patches of %lld", (ll)v, (ll)size, (ll)patch);
  if (v == 0) {
    return XC_OK;
  }
  XC_REQUIRE(out != nullptr && views != nullptr, "null tensor");
  const int64_t grid = size / patch;
  return xc::run(context, [&] {
    context->each_range(v * grid * grid, grain(3 * patch * patch), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const float* view = views + row / (grid * grid) * 3 * size * size;
        const int64_t top = row / grid % grid * patch;
        const int64_t left = row % grid * patch;
        float* to = out + row * 3 * patch * patch;
        for (int64_t line = 0; line < 3 * patch; line++, to += patch) {
          const int64_t channel = line / patch;
          const int64_t y = top + line % patch;
          copy_row(to, view + (channel * size + y) * size + left, patch);
        }
      }
    });
  });
}

int32_t xc_embed_patches_cpu(xc_context* context, float* out, const float* patches,
                             const float* class_embedding, const float* positions, int64_t v,
                             int64_t p, int64_t c) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(v >= 0 && p >= 1 && c >= 1 && xc::fits(v, p, c, 4),
             "(%lld, %lld, %lld) is out of range", (ll)v, (ll)p, (ll)c);
  if (v == 0) {
    return XC_OK;
  }
  XC_REQUIRE(out != nullptr && class_embedding != nullptr && positions != nullptr &&
                 (patches != nullptr || p == 1),
             "null tensor");
  return xc::run(context, [&] {
    context->each_range(v * p, grain(c), [&](int64_t begin, int64_t end) {
      for (int64_t row = begin; row < end; row++) {
        const int64_t view = row / p;
        const int64_t position = row % p;
        const float* from =
            position == 0 ? class_embedding : patches + (view * (p - 1) + position - 1) * c;
        for (int64_t i = 0; i < c; i++) {
          out[row * c + i] = from[i] + positions[position * c + i];
        }
      }
    });
  });
}

int32_t xc_merge_tiles_cpu(xc_context* context, float* out, const float* features,
                           const float* separator, int64_t v, int64_t grid, int64_t c) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(v >= 1 && grid >= 2 && grid % 2 == 0 && c >= 1 && xc::fits(grid, grid, 8) &&
                 xc::fits(v, grid * grid + 1, c, 8),
             "%lld views of %lld x %lld patches of %lld", (ll)v, (ll)grid, (ll)grid,
             (ll)c);
  XC_REQUIRE(out != nullptr && features != nullptr && separator != nullptr,
             "null tensor");
  const int64_t cells = grid / 2;
  const int64_t row_cells = v * cells + 1;
  return xc::run(context, [&] {
    context->each_range(cells * row_cells, grain(4 * c), [&](int64_t begin, int64_t end) {
      for (int64_t cell = begin; cell < end; cell++) {
        const int64_t i = cell / row_cells;
        const int64_t column = cell % row_cells;
        float* to = out + cell * 4 * c;
        if (column == row_cells - 1) {
          copy_row(to, separator, 4 * c);
          continue;
        }
        // Patch (y, x) of a view stands behind its class token.
        const float* view = features + column / cells * (1 + grid * grid) * c;
        const int64_t j = column % cells;
        for (int64_t quarter = 0; quarter < 4; quarter++) {
          const int64_t y = 2 * i + quarter / 2;
          const int64_t x = 2 * j + quarter % 2;
          copy_row(to + quarter * c, view + (1 + y * grid + x) * c, c);
        }
      }
    });
  });
}
