#include "shared_spans.h"

#include <algorithm>

#include "attention_work.h"

namespace xc {
namespace {

constexpr int64_t kSpanBlocks = kSpanTokens / kPanel;

int64_t cache_lines(int64_t bytes) { return (bytes + 63) / 64 * 64; }

}  // namespace

SharedSpans::SharedSpans(const SequenceBatch& batch, const SpanSizes& sizes, char* memory,
                         int64_t bytes)
    : batch_(batch), sizes_(sizes) {
  const int64_t list = cache_lines(batch.sequences * static_cast<int64_t>(sizeof(int32_t)));
  order_ = reinterpret_cast<int32_t*>(memory);
  shared_ = reinterpret_cast<int32_t*>(memory + list);
  memory_ = memory + 2 * list;
  bytes_ = bytes - 2 * list;
  for (int64_t s = 0; s < batch.sequences; s++) {
    if (takes(s)) {
      order_[sequences_++] = static_cast<int32_t>(s);
    }
  }
  sort();
}

bool SharedSpans::takes(int64_t s) const {
  const int64_t rows = batch_.rows(s) * sizes_.group;
  return rows > 0 && rows <= sizes_.most_rows && bytes_of(s) + 4 * 64 <= bytes_;
}

int64_t SharedSpans::spans_of(int64_t s) const {
  return (batch_.kv_length[s] + kSpanTokens - 1) / kSpanTokens;
}

int64_t SharedSpans::floats_of(int64_t s) const {
  return spans_of(s) * sizes_.kv_heads *
         state_size(batch_.rows(s) * sizes_.group, sizes_.padded_d);
}

// States, where they start, and at most a run a span.
int64_t SharedSpans::bytes_of(int64_t s) const {
  return floats_of(s) * 4 + 8 + spans_of(s) * static_cast<int64_t>(sizeof(SpanRun));
}

void SharedSpans::sort() {
  std::sort(order_, order_ + sequences_, [this](int32_t a, int32_t b) {
    const int32_t* table = batch_.table(a);
    const int32_t* other = batch_.table(b);
    return std::lexicographical_compare(table, table + blocks_of(a), other,
                                        other + blocks_of(b));
  });
  for (int64_t i = 0; i < sequences_; i++) {
    shared_[i] = i == 0 ? 0 : shared_blocks(order_[i - 1], order_[i]);
  }
}

int32_t SharedSpans::shared_blocks(int64_t a, int64_t b) const {
  const int32_t* table = batch_.table(a);
  const int64_t blocks = std::min(blocks_of(a), blocks_of(b));
  return static_cast<int32_t>(
      std::mismatch(table, table + blocks, batch_.table(b)).first - table);
}

void SharedSpans::next() {
  begin_ = end_;
  int64_t bytes = 3 * 64;  // each list starts on a cache line
  int64_t spans = 0;
  state_floats_ = 0;
  while (end_ < sequences_ && bytes + bytes_of(order_[end_]) <= bytes_) {
    bytes += bytes_of(order_[end_]);
    spans += spans_of(order_[end_]);
    end_++;
  }
  char* at = memory_;
  runs_ = reinterpret_cast<SpanRun*>(at);
  at += cache_lines(spans * static_cast<int64_t>(sizeof(SpanRun)));
  state_start_ = reinterpret_cast<int64_t*>(at);
  at += cache_lines(count() * 8);
  states_ = reinterpret_cast<float*>(at);
  for (int64_t place = 0; place < count(); place++) {
    state_start_[place] = state_floats_;
    state_floats_ += floats_of(sequence(place));
  }
  find_runs();
}

// Whether the sequence at a place reads a span together with the one before it: the same blocks,
// and every row of both sees all of it, so that nothing of one gets near the other.
bool SharedSpans::share(int64_t place, int64_t span) const {
  const int64_t end = (span + 1) * kSpanTokens;
  return shared_[begin_ + place] >= (span + 1) * kSpanBlocks &&
         batch_.position(sequence(place)) + 1 >= end &&
         batch_.position(sequence(place - 1)) + 1 >= end;
}

void SharedSpans::find_runs() {
  runs_count_ = 0;
  int64_t most = 0;
  for (int64_t place = 0; place < count(); place++) {
    most = std::max(most, spans(place));
  }
  for (int64_t span = 0; span < most; span++) {
    int64_t rows = 0;  // of the run that may go on; 0 when none does
    for (int64_t place = 0; place < count(); place++) {
      if (span >= spans(place)) {
        rows = 0;
        continue;
      }
      const int64_t more = batch_.rows(sequence(place)) * sizes_.group;
      if (rows > 0 && rows + more <= sizes_.most_rows && share(place, span)) {
        runs_[runs_count_ - 1].sequences++;
        rows += more;
      } else {
        runs_[runs_count_++] = {static_cast<int32_t>(span), static_cast<int32_t>(place), 1};
        rows = more;
      }
    }
  }
}

}  // namespace xc
