// The rows of a step, checked.
#pragma once

#include "context.h"

namespace xc {

struct SequenceBatch {
  const int32_t* row_start;
  const int32_t* kv_length;
  const int32_t* tables;
  const int32_t* table_start;
  int64_t sequences;

  int64_t rows() const { return sequences == 0 ? 0 : row_start[sequences]; }
  int64_t rows(int64_t s) const { return row_start[s + 1] - row_start[s]; }
  // Position of the first row of a sequence.
  int64_t position(int64_t s) const { return kv_length[s] - rows(s); }
  const int32_t* table(int64_t s) const { return tables + table_start[s]; }
};

// XC_OK when every row, length and block number is in range; else what is wrong, remembered.
int32_t check_batch(const SequenceBatch& batch, int64_t blocks);

// XC_OK when the cache, the layer and the number of query heads fit together.
int32_t check_cache(const xc_context* context, const xc_kv_cache* cache,
                    int64_t layer, int64_t heads);

}  // namespace xc
