/* NEON over plain rows of bf16, for comparison with gemv_bf16_tvl16_neon.c. */
#define VECTOR_BITS 128
#define ISA MW_NEON_ISA
#define ISA_NAME MW_NEON_ISA_NAME
#define ISA_SUFFIX "neon"
#define SMALL_OPS "neon"
#define weights_load mw_bf16_to_floats
#define weight_value mw_float_of_bf16
#include "kernels/half_rows.h"

const mw_kernel mw_gemv_bf16_neon = {
    HALF_ROWS_KERNEL(MW_BF16),
    .description = "NEON, row-major, one accumulator per row, four streams",
};
