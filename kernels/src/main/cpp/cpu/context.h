// What the handles of the header stand for.
#pragma once

#include <string.h>

#include <mutex>
#include <new>

#include "kernels.h"
#include "memory.h"
#include "panel.h"
#include "status.h"
#include "thread_pool.h"

namespace xc {

// A block of memory that frees itself.
class Memory {
 public:
  explicit Memory(int64_t bytes) : address_(allocate(bytes)), bytes_(bytes) {
    if (address_ == nullptr) {
      throw std::bad_alloc();
    }
  }
  ~Memory() { release(address_, bytes_); }
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  char* address() const { return static_cast<char*>(address_); }
  int64_t bytes() const { return bytes_; }

 private:
  void* address_;
  int64_t bytes_;
};

}  // namespace xc

struct xc_context {
  // Rows of a linear layer's input in the order of its kernel, and partial sums of attention.
  // Untouched pages cost nothing.
  static constexpr int64_t kWorkspaceBytes = INT64_C(32) << 20;

  xc_context(int32_t threads, int32_t isa_, const xc::Kernels* kernels_)
      : isa(isa_),
        kernels(kernels_),
        pool(threads),
        workspace(kWorkspaceBytes),
        scratch_memory(threads * xc::kScratchBytes) {}

  float* scratch(int32_t worker) {
    return reinterpret_cast<float*>(scratch_memory.address() + worker * xc::kScratchBytes);
  }

  // Runs body(begin, end) over 0 .. count - 1 in pieces of about `grain`, in this thread alone
  // when one piece is all.
  template <class Body>
  void each_range(int64_t count, int64_t grain, Body body) {
    const int64_t pieces = count / (grain < 1 ? 1 : grain);
    const int64_t most = pool.threads() * INT64_C(4);
    const int64_t tasks = pieces < 1 ? 1 : pieces < most ? pieces : most;
    pool.run(tasks, [&](int64_t task, int32_t) {
      body(count * task / tasks, count * (task + 1) / tasks);
    });
  }

  const int32_t isa;
  const xc::Kernels* const kernels;
  // Held by the operation that runs: it owns pool, workspace and scratch.
  std::mutex operation;
  xc::ThreadPool pool;
  xc::Memory workspace;
  xc::Memory scratch_memory;
};

namespace xc {

// Runs the body of an operation: one at a time, exceptions kept inside.
template <class Body>
int32_t run(xc_context* context, Body body) {
  return guarded([&]() -> int32_t {
    std::lock_guard<std::mutex> guard(context->operation);
    body();
    return XC_OK;
  });
}

}  // namespace xc

namespace xc {

// The steps of weights of a dtype.
inline const StepLayout& steps_of(int32_t dtype) {
  switch (dtype) {
    case XC_F32: return kF32Steps;
    case XC_BF16: return kBf16Steps;
    case XC_INT8: return kInt8Steps;
    default: return kInt4Steps;
  }
}

}  // namespace xc

// Panel after panel (see panel.h) in one piece of memory.
struct xc_weight {
  int64_t out;
  int64_t in;
  int32_t dtype;
  int64_t panel_bytes;
  int64_t bytes;
  char* data;

  int64_t panels() const { return (out + xc::kPanel - 1) / xc::kPanel; }
  const xc::StepLayout& steps() const { return xc::steps_of(dtype); }
  bool quantized() const { return dtype == XC_INT8 || dtype == XC_INT4; }
};

// Block by block, in a block layer by layer: keys of each head as [d][token], then values of each
// head as [token][padded d]; in BF16 pairs of d (keys) and of tokens (values) lie together, as in
// the panels of a weight.
struct xc_kv_cache {
  int64_t layers;
  int64_t blocks;
  int64_t kv_heads;
  int64_t head_dim;
  int32_t dtype;
  int64_t key_bytes;
  int64_t value_bytes;
  char* data;

  int64_t layer_bytes() const { return kv_heads * (key_bytes + value_bytes); }
  int64_t block_bytes() const { return layers * layer_bytes(); }
};
