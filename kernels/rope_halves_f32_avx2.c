#define VECTOR_BITS 256
#include "kernels/kernel.h"
#include "kernels/vector.h"

#include "kernels/rope_halves.h"

const mw_kernel mw_rope_halves_f32_avx2 = {
    MW_KERNEL_DEFAULTS,
    .name = "avx2",
    .description = "AVX2, eight pairs at a time",
    .op = MW_OP_ROPE_HALVES,
    .layout = MW_LAYOUT_ROWMAJOR,
    .isa = MW_ISA_AVX2,
    .isa_name = "avx2",
    .tile_cols = 16,
    .fn.rope = rope,
};
