// What a thread works with in attention: the list of its rows, two running states, scratch.
#pragma once

#include "context.h"

namespace xc {

inline int64_t padded_head(int64_t d) { return (d + 15) / 16 * 16; }

// Floats of the state of some rows, a whole number of cache lines.
inline int64_t state_size(int64_t rows, int64_t padded_d) {
  return 2 * padded_rows(rows) + rows * padded_d;
}

inline AttentionState state_at(float* memory, int64_t rows) {
  return {memory, memory + padded_rows(rows), memory + 2 * padded_rows(rows)};
}

class AttentionWork {
 public:
  // memory: kScratchBytes.
  explicit AttentionWork(float* memory)
      : queries_(reinterpret_cast<const float**>(memory)),
        seen_(reinterpret_cast<int64_t*>(queries_ + kAttentionRows)),
        states_(reinterpret_cast<float*>(seen_ + kAttentionRows)),
        scratch_(states_ + 2 * kStateSize) {
    static_assert((2 * kStateSize + kAttentionScratch) * 4 + kAttentionRows * 16 <= kScratchBytes,
                  "the scratch of a thread holds the work of attention");
  }

  void add_row(const float* query, int64_t seen) {
    queries_[rows_] = query;
    seen_[rows_] = seen;
    rows_++;
  }

  int64_t rows() const { return rows_; }
  const float* query(int64_t row) const { return queries_[row]; }
  int64_t seen(int64_t row) const { return seen_[row]; }
  float* scratch() const { return scratch_; }

  // A task of all rows added, to be pointed at keys and values.
  AttentionTask task(int64_t d, float scale) const {
    AttentionTask task = {};
    task.state = state_at(states_, rows_);
    task.next = state_at(states_ + kStateSize, rows_);
    task.queries = queries_;
    task.seen = seen_;
    task.rows = rows_;
    task.d = d;
    task.padded_d = padded_head(d);
    task.scale = scale;
    return task;
  }

 private:
  static constexpr int64_t kStateSize = kAttentionRows * (2 + XC_MAX_HEAD_DIM);

  const float** queries_;
  int64_t* seen_;
  float* states_;
  float* scratch_;
  int64_t rows_ = 0;
};

}  // namespace xc
