// Attention over the blocks of a cache. Long chunks of rows are streamed: a thread takes some rows
// of a head through all spans of kSpanTokens tokens. Short ones, as in decoding, are spread: each
// span is a task, shared by the sequences that have the same blocks there, and what the spans gave
// a sequence is joined in order. Both ways a row gets the same bits.
#include <math.h>
#include <string.h>

#include <algorithm>

#include "attention_work.h"
#include "sequence_batch.h"
#include "shared_spans.h"

namespace {

using xc::AttentionState;
using xc::AttentionTask;
using xc::AttentionWork;
using xc::kSpanTokens;

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

struct Paged {
  xc_context* context;
  float* out;
  const float* q;
  int64_t heads;
  const xc_kv_cache* cache;
  int64_t layer;
  xc::SequenceBatch batch;
  float scale;

  int64_t group() const { return heads / cache->kv_heads; }
  int64_t rows(int64_t s) const { return batch.rows(s) * group(); }
  int64_t padded_d() const { return xc::padded_head(cache->head_dim); }

  // Adds rows first .. end - 1 of a sequence for a key/value head: token by token its query heads.
  // No row sees beyond `most` tokens.
  void add_rows(AttentionWork* work, int64_t s, int64_t head, int64_t first, int64_t end,
                int64_t most) const {
    const int64_t d = cache->head_dim;
    for (int64_t row = first; row < end; row++) {
      const int64_t token = row / group();
      const int64_t n = batch.row_start[s] + token;
      work->add_row(q + (n * heads + head * group() + row % group()) * d,
                    std::min(most, batch.position(s) + token + 1));
    }
  }

  // A task of the rows added, to be given its span.
  AttentionTask task(const AttentionWork& work, int64_t s, int64_t head) const {
    AttentionTask task = work.task(cache->head_dim, scale);
    const char* data = cache->data + layer * cache->layer_bytes();
    task.keys = data + head * cache->key_bytes;
    task.values = data + cache->kv_heads * cache->key_bytes + head * cache->value_bytes;
    task.table = batch.table(s);
    task.block_stride = cache->block_bytes();
    return task;
  }

  // Tokens first .. end - 1, as far as the rows see.
  void run(AttentionTask* task, int64_t first, int64_t end, float* scratch) const {
    task->first_token = first;
    task->end_token = std::min(task->seen[task->rows - 1], end);
    const xc::Kernels* kernels = context->kernels;
    (cache->dtype == XC_F32 ? kernels->attention_f32 : kernels->attention_bf16)(task, scratch);
  }

  // The output of a query lies where the query does.
  void finish(const AttentionState& state, int64_t row, const float* query) const {
    context->kernels->attention_finish(out + (query - q), state.sum[row],
                                       state.output + row * padded_d(), cache->head_dim);
  }
};

// ---- streamed

// Rows of a task: enough for the products to set the pace, few enough for threads to share them.
constexpr int64_t kChunkRows = 192;

// Units of streamed sequences: a chunk of rows against one key/value head.
class Streamed {
 public:
  // before: (S + 1).
  Streamed(const Paged& call, const xc::SharedSpans& spread, int64_t* before)
      : call_(call), before_(before) {
    before[0] = 0;
    for (int64_t s = 0; s < call.batch.sequences; s++) {
      const int64_t chunks = spread.takes(s) ? 0 : divide_up(call.rows(s), chunk_rows(s));
      before[s + 1] = before[s] + chunks * call.cache->kv_heads;
    }
  }

  int64_t units() const { return before_[call_.batch.sequences]; }

  // The last rows of a sequence see the most tokens: they go first.
  void run(int64_t index, float* memory) const {
    const int64_t unit = units() - 1 - index;
    const int64_t s =
        std::upper_bound(before_, before_ + call_.batch.sequences + 1, unit) - before_ - 1;
    const int64_t head = (unit - before_[s]) % call_.cache->kv_heads;
    const int64_t first = (unit - before_[s]) / call_.cache->kv_heads * chunk_rows(s);
    AttentionWork work(memory);
    call_.add_rows(&work, s, head, first, std::min(first + chunk_rows(s), call_.rows(s)),
                   INT64_MAX);
    AttentionTask task = call_.task(work, s, head);
    call_.run(&task, 0, INT64_MAX, work.scratch());
    for (int64_t row = 0; row < work.rows(); row++) {
      call_.finish(task.state, row, work.query(row));
    }
  }

 private:
  // The fewest chunks of about one size.
  int64_t chunk_rows(int64_t s) const {
    const int64_t rows = std::max<int64_t>(1, call_.rows(s));
    return divide_up(rows, divide_up(rows, kChunkRows));
  }

  const Paged& call_;
  int64_t* before_;
};

// ---- spread

class Spread {
 public:
  Spread(const Paged& call, const xc::SharedSpans& spans) : call_(call), spans_(spans) {}

  int64_t tasks() const { return spans_.runs() * call_.cache->kv_heads; }

  // One head of a run: rows of all its sequences against the span that they share.
  void run(int64_t index, float* memory) const {
    const int64_t head = index % call_.cache->kv_heads;
    const xc::SpanRun& run = spans_.run(index / call_.cache->kv_heads);
    AttentionWork work(memory);
    for (int64_t i = 0; i < run.sequences; i++) {
      const int64_t s = spans_.sequence(run.first + i);
      call_.add_rows(&work, s, head, 0, call_.rows(s), (run.span + 1) * kSpanTokens);
    }
    AttentionTask task = call_.task(work, spans_.sequence(run.first), head);
    call_.run(&task, run.span * kSpanTokens, (run.span + 1) * kSpanTokens, work.scratch());
    int64_t row = 0;
    for (int64_t i = 0; i < run.sequences; i++) {
      keep(task, row, run.first + i, run.span, head);
      row += call_.rows(spans_.sequence(run.first + i));
    }
  }

  // Joins the spans of each sequence and head.
  void finish() const {
    const int64_t heads = call_.cache->kv_heads;
    // A thread is worth waking for some hundred thousand floats.
    const int64_t floats = std::max<int64_t>(1, spans_.state_floats() /
                                                    std::max<int64_t>(1, spans_.count() * heads));
    call_.context->each_range(spans_.count() * heads, (1 << 17) / floats + 1,
                              [&](int64_t begin, int64_t end) {
                                for (int64_t i = begin; i < end; i++) {
                                  finish_head(i / heads, i % heads);
                                }
                              });
  }

 private:
  AttentionState state(int64_t place, int64_t span, int64_t head) const {
    const int64_t rows = call_.rows(spans_.sequence(place));
    const int64_t size = xc::state_size(rows, call_.padded_d());
    return xc::state_at(
        spans_.states(place) + (span * call_.cache->kv_heads + head) * size, rows);
  }

  // Copies the state of a sequence's rows, from row `first` of the task on.
  void keep(const AttentionTask& task, int64_t first, int64_t place, int64_t span,
            int64_t head) const {
    const int64_t rows = call_.rows(spans_.sequence(place));
    const AttentionState to = state(place, span, head);
    memcpy(to.maximum, task.state.maximum + first, rows * sizeof(float));
    memcpy(to.sum, task.state.sum + first, rows * sizeof(float));
    memcpy(to.output, task.state.output + first * task.padded_d,
           rows * task.padded_d * sizeof(float));
  }

  void finish_head(int64_t place, int64_t head) const {
    const int64_t s = spans_.sequence(place);
    const AttentionState total = state(place, 0, head);
    for (int64_t span = 1; span < spans_.spans(place); span++) {
      const AttentionState next = state(place, span, head);
      call_.context->kernels->attention_join(&total, &next, call_.rows(s), call_.padded_d());
    }
    const float* query = call_.q + (call_.batch.row_start[s] * call_.heads +
                                    head * call_.group()) * call_.cache->head_dim;
    for (int64_t row = 0; row < call_.rows(s); row++) {
      const int64_t at = row / call_.group() * call_.heads + row % call_.group();
      call_.finish(total, row, query + at * call_.cache->head_dim);
    }
  }

  const Paged& call_;
  const xc::SharedSpans& spans_;
};

void run_paged(const Paged& call) {
  xc_context* context = call.context;
  auto* before = reinterpret_cast<int64_t*>(context->workspace.address());
  const int64_t index_bytes = divide_up((call.batch.sequences + 1) * 8, 64) * 64;
  const xc::SpanSizes sizes = {call.group(), call.cache->kv_heads, call.padded_d(), kChunkRows};
  xc::SharedSpans spans(call.batch, sizes, context->workspace.address() + index_bytes,
                        context->workspace.bytes() - index_bytes);
  const Streamed streamed(call, spans, before);
  const Spread spread(call, spans);
  int64_t units = streamed.units();
  // As many sequences at a time as the workspace holds the states of.
  do {
    spans.next();
    context->pool.run(units + spread.tasks(), [&](int64_t index, int32_t worker) {
      if (index < units) {
        streamed.run(index, context->scratch(worker));
      } else {
        spread.run(index - units, context->scratch(worker));
      }
    });
    spread.finish();
    units = 0;
  } while (!spans.done());
}

}  // namespace

int32_t xc_paged_attention_cpu(xc_context* context, float* out, const float* q, int64_t h,
                               const xc_kv_cache* cache, int64_t layer, const int32_t* row_start,
                               const int32_t* kv_length, const int32_t* tables,
                               const int32_t* table_start, int64_t sequences, float scale) {
  const xc::SequenceBatch batch = {row_start, kv_length, tables, table_start, sequences};
  int32_t status = xc::check_cache(context, cache, layer, h);
  if (status == XC_OK) {
    status = xc::check_batch(batch, cache->blocks);
  }
  if (status != XC_OK || batch.rows() == 0) {
    return status;
  }
  XC_REQUIRE(out != nullptr && q != nullptr, "null tensor");
  return xc::run(context,
                 [&] { run_paged({context, out, q, h, cache, layer, batch, scale}); });
}
