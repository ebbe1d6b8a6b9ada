// The table of one code path.
#include "kernel_list.h"
#include "linear_rows.h"

#define XC_JOIN(a, b) a##b
#define XC_TABLE(isa) XC_JOIN(kernels_, isa)

namespace xc {

const Kernels XC_TABLE(XC_ISA) = {
    {kF32RowPiece * 4, XC_ISA::pack_rows_f32, XC_ISA::linear_f32},
    {kBf16RowPiece * 4, XC_ISA::pack_rows_bf16, XC_ISA::linear_bf16},
    {kInt8RowPiece * 4, XC_ISA::pack_rows_int8, XC_ISA::linear_int8},
    {kInt4RowPiece * 4, XC_ISA::pack_rows_int4, XC_ISA::linear_int4},
    XC_ISA::quantize_row,
    XC_ISA::add,
    XC_ISA::quick_gelu,
    XC_ISA::gelu,
    XC_ISA::silu_multiply,
    XC_ISA::widen_bf16,
    XC_ISA::layer_norm,
    XC_ISA::rms_norm,
    XC_ISA::attention_f32,
    XC_ISA::attention_bf16,
    XC_ISA::attention_view_f32,
    XC_ISA::attention_view_bf16,
    XC_ISA::attention_join,
    XC_ISA::attention_finish,
    XC_ISA::log_softmax,
    XC_ISA::top_k,
};

}  // namespace xc
