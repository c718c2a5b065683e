/* NEON over plain rows of f16, for comparison with gemv_f16_tvl16_neon.c. */
#define VECTOR_BITS 128
#define ISA MW_NEON_ISA
#define ISA_NAME MW_NEON_ISA_NAME
#define ISA_SUFFIX "neon"
#define SMALL_OPS "neon"
#define weights_load mw_halves_to_floats
#define weight_value mw_float_of_f16
#include "kernels/half_rows.h"

const mw_kernel mw_gemv_f16_neon = {
    HALF_ROWS_KERNEL(MW_F16),
    .description = "NEON, row-major, one accumulator per row, four streams",
};
