/* The registry, in which the scalar SwiGLU is a broken one: what a program has that is linked with this file. */
#define mw_swiglu_f32_scalar mw_swiglu_f32_broken
#include "kernels/registry.c"

#include "tests/broken_kernels.h"

const mw_kernel mw_swiglu_f32_broken = {MW_KERNEL_DEFAULTS, .name = "scalar", .op = MW_OP_SWIGLU, .isa_name = "c",
                                        .fn.swiglu = swiglu_squares};
