/* Row-major GEMV over 16-bit values (gemv_rows.h). The file that includes this has defined VECTOR_BITS, weights_load(p)
 * and weight_value(w), and ISA and its like (tvl16_walk.h). */
#ifndef MW_KERNELS_HALF_ROWS_H
#define MW_KERNELS_HALF_ROWS_H

#define WEIGHT uint16_t
#include "kernels/gemv_rows.h"

/* What the descriptors of these kernels have in common; each adds its description. */
#define HALF_ROWS_KERNEL(of_dtype) \
    MW_KERNEL_DEFAULTS, .op = MW_OP_GEMV, .name = ISA_SUFFIX, .dtype = of_dtype, .layout = MW_LAYOUT_ROWMAJOR, \
                        .isa = ISA, .isa_name = ISA_NAME, .ops = SMALL_OPS, .tile_rows = STREAMS, .tile_cols = V, \
                        .align = 2, .fn.gemv = gemv

#endif
