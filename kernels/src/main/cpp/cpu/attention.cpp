#include <math.h>

#include <algorithm>

#include "sequence_batch.h"

namespace {

using xc::AttentionTask;
using xc::kAttentionRows;
using xc::kPanel;
using xc::kTileRows;
using ll = long long;

// Tokens that one running softmax covers. Spans are joined in order, whether one thread takes them
// one after the other or several do: the result is the same to the last bit.
constexpr int64_t kSpanTokens = 1024;

int64_t divide_up(int64_t a, int64_t b) { return (a + b - 1) / b; }

int64_t padded(int64_t d) { return (d + 15) / 16 * 16; }

// Rows of a chunk when `rows` are cut into the fewest chunks of about one size.
int64_t chunk_rows(int64_t rows) {
  const int64_t chunks = divide_up(rows, kAttentionRows);
  return divide_up(divide_up(rows, chunks), kTileRows) * kTileRows;
}

// Running softmax of some rows: maximum (rows), sum (rows), output (rows, padded d).
struct State {
  float* maximum;
  float* sum;
  float* output;

  State(float* memory, int64_t rows)
      : maximum(memory), sum(memory + rows), output(memory + 2 * rows) {}

  // Floats, a whole number of cache lines.
  static int64_t size(int64_t rows, int64_t padded_d) {
    return divide_up(rows * (2 + padded_d), 16) * 16;
  }

  // Takes in the state of the span that follows.
  void join(const State& next, int64_t rows, int64_t padded_d) const {
    for (int64_t row = 0; row < rows; row++) {
      if (next.maximum[row] == -INFINITY) {
        continue;  // the row sees nothing of that span
      }
      const float most = std::max(maximum[row], next.maximum[row]);
      const float mine = expf(maximum[row] - most);
      const float other = expf(next.maximum[row] - most);
      maximum[row] = most;
      sum[row] = sum[row] * mine + next.sum[row] * other;
      float* to = output + row * padded_d;
      const float* from = next.output + row * padded_d;
      for (int64_t i = 0; i < padded_d; i++) {
        to[i] = to[i] * mine + from[i] * other;
      }
    }
  }

  // Divides by the sums and writes out row r to out[r / group, head r % group].
  void finish(const AttentionTask& task, float* out, int64_t stride) const {
    for (int64_t r = 0; r < task.rows; r++) {
      const int64_t row = task.first_row + r;
      float* to = out + row / task.group * stride + row % task.group * task.d;
      const float scale = 1.0f / sum[r];
      for (int64_t i = 0; i < task.d; i++) {
        to[i] = output[r * task.padded_d + i] * scale;
      }
    }
  }
};

void point_at(AttentionTask* task, const State& state) {
  task->maximum = state.maximum;
  task->sum = state.sum;
  task->output = state.output;
}

// ---- paged

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
  int64_t padded_d() const { return padded(cache->head_dim); }
  int64_t rows(int64_t s) const { return batch.rows(s) * group(); }
  int64_t units(int64_t s) const {
    return rows(s) == 0 ? 0 : divide_up(rows(s), chunk_rows(rows(s))) * cache->kv_heads;
  }

  // Unit u of sequence s: a chunk of its rows against one key/value head.
  AttentionTask unit(int64_t s, int64_t u) const {
    const int64_t d = cache->head_dim;
    const int64_t head = u % cache->kv_heads;
    const int64_t chunk = chunk_rows(rows(s));
    AttentionTask task = {};
    task.q = q + (batch.row_start[s] * heads + head * group()) * d;
    task.q_stride = heads * d;
    task.group = group();
    task.d = d;
    task.padded_d = padded_d();
    task.scale = scale;
    task.first_row = u / cache->kv_heads * chunk;
    task.rows = std::min(chunk, rows(s) - task.first_row);
    task.position = batch.position(s);
    // Up to the position of the last row.
    task.tokens = task.position + (task.first_row + task.rows - 1) / group() + 1;
    const char* data = cache->data + layer * cache->layer_bytes();
    task.keys = data + head * cache->key_bytes;
    task.values = data + cache->kv_heads * cache->key_bytes + head * cache->value_bytes;
    task.table = batch.table(s);
    task.block_stride = cache->block_bytes();
    return task;
  }

  float* out_of(const AttentionTask& task) const { return out + (task.q - q); }

  void run_span(AttentionTask* task, int64_t span, const State& state, float* scratch) const {
    task->first_token = span * kSpanTokens;
    task->end_token = std::min(task->tokens, (span + 1) * kSpanTokens);
    point_at(task, state);
    const xc::Kernels* kernels = context->kernels;
    (cache->dtype == XC_F32 ? kernels->attention_f32 : kernels->attention_bf16)(task, scratch);
  }

  // One thread takes the spans one after the other.
  void run_unit(int64_t s, int64_t u, float* scratch) const {
    AttentionTask task = unit(s, u);
    const int64_t size = State::size(task.rows, padded_d());
    const State total(scratch, task.rows);
    const State next(scratch + size, task.rows);
    const int64_t spans = divide_up(task.tokens, kSpanTokens);
    for (int64_t span = 0; span < spans; span++) {
      run_span(&task, span, span == 0 ? total : next, scratch + 2 * size);
      if (span > 0) {
        total.join(next, task.rows, padded_d());
      }
    }
    total.finish(task, out_of(task), heads * cache->head_dim);
  }
};

// Which sequence a unit belongs to; units are counted through all sequences.
struct UnitIndex {
  int64_t* before;  // (S + 1): units of the sequences before
  int64_t sequences;

  UnitIndex(const Paged& call, int64_t* memory) : before(memory), sequences(call.batch.sequences) {
    before[0] = 0;
    for (int64_t s = 0; s < sequences; s++) {
      before[s + 1] = before[s] + call.units(s);
    }
  }

  int64_t count() const { return before[sequences]; }
  int64_t sequence(int64_t unit) const {
    return std::upper_bound(before, before + sequences + 1, unit) - before - 1;
  }
};

// Few units: every span of every unit is a task, then the spans of each unit are joined.
struct Split {
  const Paged& call;
  const UnitIndex& units;
  int64_t spans = 0;      // most of a unit
  int64_t state_size = 0;  // floats, of the largest unit

  Split(const Paged& call_, const UnitIndex& units_) : call(call_), units(units_) {
    for (int64_t u = 0; u < units.count(); u++) {
      const AttentionTask task = unit(u);
      spans = std::max(spans, divide_up(task.tokens, kSpanTokens));
      state_size = std::max(state_size, State::size(task.rows, call.padded_d()));
    }
  }

  int64_t bytes() const { return units.count() * spans * state_size * 4; }

  AttentionTask unit(int64_t u) const {
    const int64_t s = units.sequence(u);
    return call.unit(s, u - units.before[s]);
  }

  State state(float* memory, int64_t u, int64_t span, int64_t rows) const {
    return State(memory + (u * spans + span) * state_size, rows);
  }

  void run(float* memory) const {
    call.context->pool.run(units.count() * spans, [&](int64_t index, int32_t worker) {
      const int64_t u = index / spans;
      AttentionTask task = unit(u);
      if (index % spans * kSpanTokens < task.tokens) {
        call.run_span(&task, index % spans, state(memory, u, index % spans, task.rows),
                      call.context->scratch(worker));
      }
    });
    for (int64_t u = 0; u < units.count(); u++) {
      const AttentionTask task = unit(u);
      const State total = state(memory, u, 0, task.rows);
      for (int64_t span = 1; span * kSpanTokens < task.tokens; span++) {
        total.join(state(memory, u, span, task.rows), task.rows, call.padded_d());
      }
      total.finish(task, call.out_of(task),
                   call.heads * call.cache->head_dim);
    }
  }
};

void run_paged(const Paged& call) {
  xc_context* context = call.context;
  char* workspace = context->workspace.address();
  const UnitIndex units(call, reinterpret_cast<int64_t*>(workspace));
  const int64_t index_bytes = divide_up((call.batch.sequences + 1) * 8, 64) * 64;
  const int64_t threads = context->pool.threads();
  if (threads > 1 && units.count() < 4 * threads) {
    const Split split(call, units);
    if (split.spans > 1 && split.bytes() <= context->workspace.bytes() - index_bytes) {
      split.run(reinterpret_cast<float*>(workspace + index_bytes));
      return;
    }
  }
  // The last rows of a sequence see the most tokens: they go first.
  context->pool.run(units.count(), [&](int64_t index, int32_t worker) {
    const int64_t u = units.count() - 1 - index;
    const int64_t s = units.sequence(u);
    call.run_unit(s, u - units.before[s], context->scratch(worker));
  });
}

}  // namespace

int32_t xc_attention_cpu(xc_context* context, float* out, const float* qkv, int64_t v, int64_t p,
                         int64_t h, int64_t d, float scale) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(d >= 8 && d % 8 == 0 && d <= XC_MAX_HEAD_DIM,
             "the head size %lld is not a multiple of 8 up to %d", (ll)d,
             XC_MAX_HEAD_DIM);
  XC_REQUIRE(v >= 0 && p >= 1 && h >= 1 && xc::fits(v, p, h, 3 * d * 4),
             "%lld views of %lld positions and %lld heads are out of range", (ll)v,
             (ll)p, (ll)h);
  if (v == 0) {
    return XC_OK;
  }
  XC_REQUIRE(out != nullptr && qkv != nullptr, "null tensor");
  return xc::run(context, [&] {
    const int64_t rows = chunk_rows(p);
    const int64_t chunks = divide_up(p, rows);
    context->pool.run(v * h * chunks, [&](int64_t index, int32_t worker) {
      const int64_t view = index / (h * chunks);
      const int64_t head = index / chunks % h;
      AttentionTask task = {};
      task.q = qkv + view * p * 3 * h * d + head * d;
      task.q_stride = 3 * h * d;
      task.group = 1;
      task.d = d;
      task.padded_d = padded(d);
      task.scale = scale;
      task.first_row = index % chunks * rows;
      task.rows = std::min(rows, p - task.first_row);
      task.position = -1;
      task.tokens = p;
      task.keys = reinterpret_cast<const char*>(task.q + h * d);
      task.values = reinterpret_cast<const char*>(task.q + 2 * h * d);
      task.kv_stride = 3 * h * d;
      float* scratch = context->scratch(worker);
      const State state(scratch, task.rows);
      point_at(&task, state);
      context->kernels->attention_rows(&task, scratch + State::size(task.rows, task.padded_d));
      state.finish(task, out + view * p * h * d + head * d, h * d);
    });
  });
}

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
