// The kernels of one code path, in a namespace of its name; see kernels.h for what each does.
#pragma once

#include "../kernels.h"

namespace xc {
namespace XC_ISA {

void pack_rows_f32(const PackTask* task, int64_t first_row, int64_t end_row);
void pack_rows_bf16(const PackTask* task, int64_t first_row, int64_t end_row);
void pack_rows_int8(const PackTask* task, int64_t first_row, int64_t end_row);
void pack_rows_int4(const PackTask* task, int64_t first_row, int64_t end_row);
void linear_f32(const LinearTask* task);
void linear_bf16(const LinearTask* task);
void linear_int8(const LinearTask* task);
void linear_int4(const LinearTask* task);
float quantize_row(int8_t* out, const float* x, int64_t n);

void add(float* x, const float* y, int64_t n);
void quick_gelu(float* x, int64_t n);
void gelu(float* x, int64_t n);
void silu_multiply(float* gate, const float* up, int64_t n);
void widen_bf16(float* out, const uint16_t* x, int64_t n);

void layer_norm(float* out, const float* x, const float* weight, const float* bias, int64_t c,
                float epsilon);
void rms_norm(float* out, const float* x, const float* weight, int64_t c, float epsilon);

void attention_f32(const AttentionTask* task, float* scratch);
void attention_bf16(const AttentionTask* task, float* scratch);
void attention_view_f32(const ViewTask* view, const AttentionTask* task, float* scratch);
void attention_view_bf16(const ViewTask* view, const AttentionTask* task, float* scratch);
void attention_join(const AttentionState* total, const AttentionState* next, int64_t rows,
                    int64_t padded_d);
void attention_finish(float* out, float sum, const float* output, int64_t d);

void log_softmax(float* x, int64_t c);
void top_k(float* values, int32_t* indices, const float* x, int64_t c, int64_t k);

}  // namespace XC_ISA
}  // namespace xc
