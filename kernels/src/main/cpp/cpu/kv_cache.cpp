#include <math.h>

#include <algorithm>

#include "bf16.h"
#include "sequence_batch.h"

namespace {

using xc::kPanel;
using ll = long long;

int64_t padded(int64_t d) { return (d + 15) / 16 * 16; }

// to[i], to[i + D/2] = the pair rotated by its angle.
void rotate(float* to, const float* from, const float* cos_sin, int64_t d) {
  const int64_t half = d / 2;
  for (int64_t i = 0; i < half; i++) {
    const float a = from[i];
    const float b = from[i + half];
    const float c = cos_sin[i];
    const float s = cos_sin[i + half];
    to[i] = a * c - b * s;
    to[i + half] = b * c + a * s;
  }
}

// One token of one head into its block; `alone` when the token that shares its pairs is not there.
template <class T>
void append(T* keys, T* values, const float* key, const float* value, int64_t token, int64_t d,
            bool alone) {
  constexpr int64_t kPair = sizeof(T) == 2 ? 2 : 1;
  const int64_t padded_d = padded(d);
  for (int64_t i = 0; i < d; i++) {
    xc::put(keys + (i / kPair * kPanel + token) * kPair + i % kPair, key[i]);
    xc::put(values + (token / kPair * padded_d + i) * kPair + token % kPair, value[i]);
  }
  // The second product takes whole pairs: what another sequence left there must not get in.
  if (kPair == 2 && alone) {
    for (int64_t i = 0; i < d; i++) {
      xc::put(values + (token / 2 * padded_d + i) * 2 + 1, 0.0f);
    }
  }
}

struct RotaryAppend {
  float* q;
  const float* wqkv;
  const float* cos_sin;
  int64_t heads;
  xc_kv_cache* cache;
  int64_t layer;
  xc::SequenceBatch batch;

  void row(int64_t s, int64_t n) const {
    const int64_t d = cache->head_dim;
    const int64_t group = heads / cache->kv_heads;
    const int64_t position = batch.position(s) + n - batch.row_start[s];
    const float* angles = cos_sin + position * d;
    const int64_t block = batch.table(s)[position / kPanel];
    char* layer_data = cache->data + block * cache->block_bytes() + layer * cache->layer_bytes();
    const bool alone = position % 2 == 0 && position + 1 == batch.kv_length[s];
    float key[XC_MAX_HEAD_DIM];
    for (int64_t head = 0; head < cache->kv_heads; head++) {
      const float* from = wqkv + (n * cache->kv_heads + head) * (group + 2) * d;
      for (int64_t g = 0; g < group; g++) {
        rotate(q + (n * heads + head * group + g) * d, from + g * d, angles, d);
      }
      rotate(key, from + group * d, angles, d);
      const float* value = from + (group + 1) * d;
      char* keys = layer_data + head * cache->key_bytes;
      char* values =
          layer_data + cache->kv_heads * cache->key_bytes + head * cache->value_bytes;
      if (cache->dtype == XC_F32) {
        append(reinterpret_cast<float*>(keys), reinterpret_cast<float*>(values), key, value,
               position % kPanel, d, alone);
      } else {
        append(reinterpret_cast<uint16_t*>(keys), reinterpret_cast<uint16_t*>(values), key, value,
               position % kPanel, d, alone);
      }
    }
  }
};

}  // namespace

namespace xc {

int32_t check_cache(const xc_context* context, const xc_kv_cache* cache,
                    int64_t layer, int64_t heads) {
  XC_REQUIRE(context != nullptr && cache != nullptr, "null context or cache");
  XC_REQUIRE(layer >= 0 && layer < cache->layers, "layer %lld is outside of 0 .. %lld",
             (ll)layer, (ll)cache->layers - 1);
  XC_REQUIRE(heads >= 1 && heads % cache->kv_heads == 0 && heads <= (INT64_C(1) << 20),
             "%lld heads do not share %lld key/value heads", (ll)heads,
             (ll)cache->kv_heads);
  return XC_OK;
}

int32_t check_batch(const SequenceBatch& batch, int64_t blocks) {
  XC_REQUIRE(batch.sequences >= 0 && batch.sequences <= (1 << 20), "%lld sequences",
             (ll)batch.sequences);
  if (batch.sequences == 0) {
    return XC_OK;
  }
  XC_REQUIRE(batch.row_start != nullptr && batch.kv_length != nullptr && batch.tables != nullptr &&
                 batch.table_start != nullptr,
             "null batch");
  XC_REQUIRE(batch.row_start[0] == 0 && batch.table_start[0] == 0,
             "rows or tables do not start at 0");
  for (int64_t s = 0; s < batch.sequences; s++) {
    XC_REQUIRE(batch.row_start[s] <= batch.row_start[s + 1], "negative rows of sequence %lld",
               (ll)s);
    XC_REQUIRE(batch.kv_length[s] >= batch.rows(s),
               "sequence %lld has %lld rows and only %d tokens in the cache", (ll)s,
               (ll)batch.rows(s), batch.kv_length[s]);
    const int64_t needed = (batch.kv_length[s] + kPanel - 1) / kPanel;
    const int64_t entries = static_cast<int64_t>(batch.table_start[s + 1]) - batch.table_start[s];
    XC_REQUIRE(entries >= needed, "sequence %lld has %lld blocks for %d tokens", (ll)s,
               (ll)entries, batch.kv_length[s]);
    for (int64_t i = 0; i < needed; i++) {
      const int32_t block = batch.table(s)[i];
      XC_REQUIRE(block >= 0 && block < blocks,
                 "block %d of sequence %lld is outside of 0 .. %lld", block, (ll)s,
                 (ll)blocks - 1);
    }
  }
  return XC_OK;
}

}  // namespace xc

int32_t xc_kv_cache_create_cpu(xc_context* context, xc_kv_cache** cache, int64_t layers,
                               int64_t blocks, int64_t kv_heads, int64_t head_dim, int32_t dtype) {
  XC_REQUIRE(context != nullptr && cache != nullptr, "null argument");
  *cache = nullptr;
  XC_REQUIRE(head_dim >= 8 && head_dim % 8 == 0 && head_dim <= XC_MAX_HEAD_DIM,
             "the head size %lld is not a multiple of 8 up to %d", (ll)head_dim,
             XC_MAX_HEAD_DIM);
  XC_REQUIRE(layers >= 1 && blocks >= 1 && blocks <= INT32_MAX && kv_heads >= 1,
             "%lld layers, %lld blocks, %lld heads are out of range", (ll)layers, (ll)blocks,
             (ll)kv_heads);
  XC_REQUIRE(dtype == XC_F32 || dtype == XC_BF16, "dtype %d is not F32 or BF16", dtype);
  if (!xc::fits(layers, blocks, kv_heads, 2 * kPanel * XC_MAX_HEAD_DIM * 4)) {
    return xc::fail(XC_OUT_OF_MEMORY, "no memory for a key/value cache of %lld blocks",
                    (ll)blocks);
  }
  return xc::guarded([&]() -> int32_t {
    const int64_t element = dtype == XC_F32 ? 4 : 2;
    xc_kv_cache made = {layers,
                        blocks,
                        kv_heads,
                        head_dim,
                        dtype,
                        head_dim * kPanel * element,
                        padded(head_dim) * kPanel * element,
                        nullptr};
    const int64_t bytes = blocks * made.block_bytes();
    made.data = static_cast<char*>(xc::allocate_zeroed(bytes));
    if (made.data == nullptr) {
      return xc::fail(XC_OUT_OF_MEMORY, "no memory for a key/value cache of %lld bytes",
                      (ll)bytes);
    }
    *cache = new (std::nothrow) xc_kv_cache(made);
    if (*cache == nullptr) {
      xc::release(made.data, bytes);
      throw std::bad_alloc();
    }
    return XC_OK;
  });
}

int32_t xc_kv_cache_free_cpu(xc_context* context, xc_kv_cache* cache) {
  XC_REQUIRE(context != nullptr, "null context");
  if (cache != nullptr) {
    xc::release(cache->data, cache->blocks * cache->block_bytes());
    delete cache;
  }
  return XC_OK;
}

int64_t xc_kv_cache_block_bytes_cpu(const xc_kv_cache* cache) {
  return cache == nullptr ? 0 : cache->block_bytes();
}

int32_t xc_copy_blocks_cpu(xc_context* context, xc_kv_cache* cache, const int32_t* from,
                           const int32_t* to, int64_t count) {
  XC_REQUIRE(context != nullptr && cache != nullptr && count >= 0, "bad argument");
  if (count == 0) {
    return XC_OK;
  }
  XC_REQUIRE(from != nullptr && to != nullptr, "null argument");
  for (int64_t i = 0; i < count; i++) {
    XC_REQUIRE(from[i] >= 0 && from[i] < cache->blocks && to[i] >= 0 && to[i] < cache->blocks,
               "%d to %d is outside of 0 .. %lld", from[i], to[i],
               (ll)cache->blocks - 1);
  }
  return xc::run(context, [&] {
    context->pool.run(count * cache->layers, [&](int64_t index, int32_t) {
      const int64_t offset = index % cache->layers * cache->layer_bytes();
      const int64_t i = index / cache->layers;
      memmove(cache->data + to[i] * cache->block_bytes() + offset,
              cache->data + from[i] * cache->block_bytes() + offset, cache->layer_bytes());
    });
  });
}

int32_t xc_rotary_append_cpu(xc_context* context, float* q, const float* wqkv,
                             const float* cos_sin, int64_t t, int64_t h, xc_kv_cache* cache,
                             int64_t layer, const int32_t* row_start, const int32_t* kv_length,
                             const int32_t* tables, const int32_t* table_start,
                             int64_t sequences) {
  const xc::SequenceBatch batch = {row_start, kv_length, tables, table_start, sequences};
  int32_t status = xc::check_cache(context, cache, layer, h);
  if (status == XC_OK) {
    status = xc::check_batch(batch, cache->blocks);
  }
  if (status != XC_OK || batch.rows() == 0) {
    return status;
  }
  XC_REQUIRE(q != nullptr && wqkv != nullptr && cos_sin != nullptr, "null tensor");
  for (int64_t s = 0; s < sequences; s++) {
    XC_REQUIRE(kv_length[s] <= t, "position %d has no angles, there are %lld",
               kv_length[s] - 1, (ll)t);
  }
  const RotaryAppend call = {q, wqkv, cos_sin, h, cache, layer, batch};
  return xc::run(context, [&] {
    const int64_t grain = std::max<int64_t>(1, 8192 / (h * cache->head_dim));
    context->each_range(batch.rows(), grain, [&](int64_t begin, int64_t end) {
      int64_t s = std::upper_bound(row_start, row_start + sequences + 1, begin) - row_start - 1;
      for (int64_t n = begin; n < end; n++) {
        while (n >= row_start[s + 1]) {
          s++;
        }
        call.row(s, n);
      }
    });
  });
}
