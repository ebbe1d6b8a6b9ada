#include "memory.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "status.h"

namespace xc {
namespace {

constexpr int64_t kHugePage = INT64_C(2) << 20;

int64_t page_bytes() { return sysconf(_SC_PAGESIZE); }

int64_t round_up(int64_t bytes, int64_t unit) { return (bytes + unit - 1) / unit * unit; }

// Maps one huge page more than asked for and gives back what lies before the first boundary and
// behind the end. Fresh pages are zero.
void* map_aligned(int64_t bytes) {
  const int64_t size = round_up(bytes, page_bytes());
  const int64_t mapped = size + kHugePage;
  void* raw = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (raw == MAP_FAILED) {
    return nullptr;
  }
  char* begin = static_cast<char*>(raw);
  const int64_t lead = round_up(reinterpret_cast<intptr_t>(begin), kHugePage) -
                       reinterpret_cast<intptr_t>(begin);
  if (lead > 0) {
    munmap(begin, lead);
  }
  if (kHugePage - lead > 0) {
    munmap(begin + lead + size, kHugePage - lead);
  }
  // A hint: without huge pages the memory is as good, only slower.
  madvise(begin + lead, size, MADV_HUGEPAGE);
  return begin + lead;
}

}  // namespace

void* allocate(int64_t bytes) {
  if (bytes >= kHugePage) {
    return map_aligned(bytes);
  }
  void* memory = nullptr;
  return posix_memalign(&memory, 64, bytes) == 0 ? memory : nullptr;
}

void* allocate_zeroed(int64_t bytes) {
  void* memory = allocate(bytes);
  if (memory != nullptr && bytes < kHugePage) {
    memset(memory, 0, bytes);
  }
  return memory;
}

void release(void* memory, int64_t bytes) {
  if (memory == nullptr) {
    return;
  }
  if (bytes >= kHugePage) {
    munmap(memory, round_up(bytes, page_bytes()));
  } else {
    free(memory);
  }
}

}  // namespace xc

int32_t xc_allocate_cpu(xc_context* context, void** out, int64_t bytes) {
  XC_REQUIRE(context != nullptr && out != nullptr, "null argument");
  XC_REQUIRE(bytes > 0, "%lld bytes", static_cast<long long>(bytes));
  *out = bytes > INT64_MAX / 2 ? nullptr : xc::allocate(bytes);
  if (*out == nullptr) {
    return xc::fail(XC_OUT_OF_MEMORY, "no memory for %lld bytes", static_cast<long long>(bytes));
  }
  return XC_OK;
}

int32_t xc_free_cpu(xc_context* context, void* memory, int64_t bytes) {
  XC_REQUIRE(context != nullptr, "null context");
  XC_REQUIRE(bytes > 0, "%lld bytes", static_cast<long long>(bytes));
  xc::release(memory, bytes);
  return XC_OK;
}
