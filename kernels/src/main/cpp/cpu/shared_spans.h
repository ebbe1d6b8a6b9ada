// Which spans of which sequences a step reads together.
#pragma once

#include "sequence_batch.h"

namespace xc {

// Sequences first .. first + sequences - 1, in the order of SharedSpans, with one span in common.
struct SpanRun {
  int32_t span;
  int32_t first;
  int32_t sequences;
};

// What a sequence's states take.
struct SpanSizes {
  int64_t group;     // query heads of a key/value head
  int64_t kv_heads;
  int64_t padded_d;
  int64_t most_rows;  // of a task
};

// The sequences with few rows, ordered by their block tables: those with the same leading blocks
// stand together, and a span whose blocks are the same is read once for all of them.
class SharedSpans {
 public:
  // memory: where the order, the runs and the states of the spans go.
  SharedSpans(const SequenceBatch& batch, const SpanSizes& sizes, char* memory, int64_t bytes);

  // Whether sequence s is one of them: it has rows, no more than a task takes, and states that
  // fit.
  bool takes(int64_t s) const;

  // Goes on to the next sequences whose states fit together. They have places 0 .. count() - 1.
  void next();
  // Whether all had their turn.
  bool done() const { return end_ == sequences_; }

  int64_t count() const { return end_ - begin_; }
  int64_t sequence(int64_t place) const { return order_[begin_ + place]; }
  int64_t spans(int64_t place) const { return spans_of(sequence(place)); }
  int64_t runs() const { return runs_count_; }
  const SpanRun& run(int64_t i) const { return runs_[i]; }
  // Where the states of a sequence start: (span, key/value head).
  float* states(int64_t place) const { return states_ + state_start_[place]; }
  // Floats of all states.
  int64_t state_floats() const { return state_floats_; }

 private:
  int64_t spans_of(int64_t s) const;
  int64_t blocks_of(int64_t s) const { return (batch_.kv_length[s] + kPanel - 1) / kPanel; }
  int64_t floats_of(int64_t s) const;
  int64_t bytes_of(int64_t s) const;
  void sort();
  int32_t shared_blocks(int64_t a, int64_t b) const;
  bool share(int64_t place, int64_t span) const;
  void find_runs();

  const SequenceBatch batch_;
  const SpanSizes sizes_;
  char* memory_;       // behind order_ and shared_
  int64_t bytes_;
  int32_t* order_;     // sequences by their tables
  int32_t* shared_;    // leading blocks that each shares with the one before it in order
  int64_t sequences_ = 0;
  int64_t begin_ = 0;
  int64_t end_ = 0;
  SpanRun* runs_ = nullptr;
  int64_t runs_count_ = 0;
  int64_t* state_start_ = nullptr;
  float* states_ = nullptr;
  int64_t state_floats_ = 0;
};

}  // namespace xc
