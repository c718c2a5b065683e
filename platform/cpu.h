/* Instruction sets of the CPU this process runs on, found at run time. */
#ifndef MW_PLATFORM_CPU_H
#define MW_PLATFORM_CPU_H

#include <stddef.h>
#include <stdint.h>

/* One bit per instruction set that a kernel can require. A kernel needs all bits of its mask. */
enum {
    MW_ISA_BASE = 0,             /* whatever the compiler targets without further flags */
    MW_ISA_NEON = 1u << 0,       /* AArch64 Advanced SIMD */
    MW_ISA_AVX2 = 1u << 1,       /* x86-64 AVX2, FMA and F16C */
    MW_ISA_AVX512 = 1u << 2,     /* x86-64 AVX-512 F, BW, DQ and VL */
    MW_ISA_AVX512VNNI = 1u << 3, /* x86-64 AVX-512 VNNI: dot products of int8 */
    MW_ISA_DOTPROD = 1u << 4,    /* AArch64 FEAT_DotProd, the same */
    MW_ISA_I8MM = 1u << 5,       /* AArch64 FEAT_I8MM: products of matrices of int8 */
};

/* Bits of the instruction sets that this CPU and its operating system support. */
uint32_t mw_cpu_isa(void);

/* Writes the names of the bits in `isa`, joined by '+', "base" for none. Returns `to`. */
const char *mw_isa_text(uint32_t isa, char *to, size_t size);

#endif
