/* A limit for the scheduler of gcc on AArch64. */
#ifndef MW_KERNELS_TVL16_FENCE_H
#define MW_KERNELS_TVL16_FENCE_H

#include <stddef.h>

/* No instruction. With several tokens, gcc would load the lines of a whole block first, run out of registers and store
 * the sums: llvm-mca finds the loops of Neoverse V1 1.2 to 1.4 times as fast with the fence. Other compilers, and gcc
 * for x86-64, schedule after they have chosen registers. */
static inline void fence(size_t tokens)
{
#if defined(__aarch64__) && defined(__GNUC__) && !defined(__clang__)
    if (tokens > 1)
        __asm__ volatile("" ::: "memory");
#else
    (void)tokens;
#endif
}

#endif
