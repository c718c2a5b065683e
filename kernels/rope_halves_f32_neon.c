#define VECTOR_BITS 128
#include "kernels/kernel.h"
#include "kernels/vector.h"

#include "kernels/rope_halves.h"

const mw_kernel mw_rope_halves_f32_neon = {
    MW_KERNEL_DEFAULTS,
    .name = "neon",
    .description = "NEON, four pairs at a time",
    .op = MW_OP_ROPE_HALVES,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_NEON_ISA,
    .isa_name = MW_NEON_ISA_NAME,
    .tile_cols = 8,
    .fn.rope = rope,
};
