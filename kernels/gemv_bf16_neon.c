/* NEON over plain rows of bf16, for comparison with gemv_bf16_tvl16_neon.c. */
#define VECTOR_BITS 128
#define WEIGHT uint16_t
#define weights_load(p) vreinterpretq_f32_u32(vshll_n_u16(vld1_u16(p), 16))
#define weight_value mw_float_of_bf16
#include "kernels/gemv_rows.h"

const mw_kernel mw_gemv_bf16_neon = {
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV,
    .name = "neon",     .description = "NEON, row-major, one accumulator per row, four streams",
    .dtype = MW_BF16,   .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA, .isa_name = MW_NEON_ISA_NAME,
    .ops = "neon",      .tile_rows = STREAMS,
    .tile_cols = V,     .align = 2,
    .fn.gemv = gemv,
};
