#include "context.h"

#include <new>

namespace {

const xc::Kernels* kernels_of(int32_t isa) {
  switch (isa) {
    case XC_ISA_BASE:
      return &xc::kernels_base;
#if defined(__x86_64__)
    case XC_ISA_AVX2:
      return &xc::kernels_avx2;
    case XC_ISA_AVX512:
      return &xc::kernels_avx512;
    case XC_ISA_AVX512_BF16:
      return &xc::kernels_avx512_bf16;
#endif
    default:
      return nullptr;
  }
}

int32_t best_isa() {
  for (int32_t isa = XC_ISA_AVX512_BF16; isa > XC_ISA_BASE; isa--) {
    if (xc_isa_supported_cpu(isa)) {
      return isa;
    }
  }
  return XC_ISA_BASE;
}

}  // namespace

int32_t xc_isa_supported_cpu(int32_t isa) {
  if (isa == XC_ISA_AUTO || isa == XC_ISA_BASE) {
    return 1;
  }
#if defined(__x86_64__)
  __builtin_cpu_init();
  const bool avx2 = __builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma");
  const bool avx512 = avx2 && __builtin_cpu_supports("avx512f") &&
                      __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
                      __builtin_cpu_supports("avx512vl") && __builtin_cpu_supports("avx512vnni");
  switch (isa) {
    case XC_ISA_AVX2:
      return avx2;
    case XC_ISA_AVX512:
      return avx512;
    case XC_ISA_AVX512_BF16:
      return avx512 && __builtin_cpu_supports("avx512bf16");
    default:
      return 0;
  }
#else
  return 0;
#endif
}

int32_t xc_context_create_cpu(xc_context** out, int32_t threads, int32_t isa) {
  XC_REQUIRE(out != nullptr, "null argument");
  *out = nullptr;
  XC_REQUIRE(threads >= 1 && threads <= XC_MAX_THREADS, "%d threads, allowed are 1 to %d",
             threads, XC_MAX_THREADS);
  const int32_t chosen = isa == XC_ISA_AUTO ? best_isa() : isa;
  const xc::Kernels* kernels = kernels_of(chosen);
  if (kernels == nullptr || !xc_isa_supported_cpu(chosen)) {
    return xc::fail(XC_UNSUPPORTED, "this machine has no code path %d", isa);
  }
  return xc::guarded([&]() -> int32_t {
    *out = new xc_context(threads, chosen, kernels);
    return XC_OK;
  });
}

int32_t xc_context_free_cpu(xc_context* context) {
  return xc::guarded([&]() -> int32_t {
    delete context;
    return XC_OK;
  });
}

int32_t xc_context_isa_cpu(const xc_context* context) {
  return context == nullptr ? 0 : context->isa;
}

int32_t xc_copy_cpu(xc_context* context, void* to, const void* from, int64_t bytes) {
  XC_REQUIRE(context != nullptr && bytes >= 0, "bad context or size");
  XC_REQUIRE(bytes == 0 || (to != nullptr && from != nullptr), "null argument");
  return xc::run(context, [&] {
    context->each_range(bytes, INT64_C(1) << 20, [&](int64_t begin, int64_t end) {
      memcpy(static_cast<char*>(to) + begin, static_cast<const char*>(from) + begin, end - begin);
    });
  });
}
