/* NEON intrinsics: native on AArch64, through SIMDe elsewhere. Included only by the *_neon.c files. */
#ifndef MW_KERNELS_NEON_H
#define MW_KERNELS_NEON_H

#if defined(__aarch64__)
#include <arm_neon.h>
#define MW_NEON_ISA MW_ISA_NEON
#define MW_NEON_ISA_NAME "neon"
#else
/* SIMDe turns each intrinsic into SSE, AVX2 or FMA instructions; these files are compiled with AVX2 and FMA. */
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/arm/neon.h>
#ifndef vdivq_f32 /* SIMDe had no division up to 0.7.4; its vectors are the compiler's own */
#define vdivq_f32(a, b) ((a) / (b))
#endif
#define MW_NEON_ISA MW_ISA_AVX2
#define MW_NEON_ISA_NAME "neon-simde"
#endif

#endif
