#include "platform/cpu.h"

#include <stdio.h>
#include <string.h>

uint32_t mw_cpu_isa(void)
{
    uint32_t isa = 0;
#if defined(__aarch64__)
    isa |= MW_ISA_NEON; /* part of the base architecture */
#elif defined(__x86_64__)
    /* The compiler's runtime asks CPUID and, through XGETBV, whether the system saves the registers. */
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma"))
        isa |= MW_ISA_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        isa |= MW_ISA_AVX512;
#endif
    return isa;
}

const char *mw_isa_text(uint32_t isa, char *to, size_t size)
{
    static const char *const names[] = {"neon", "avx2", "avx512"};
    snprintf(to, size, "%s", isa ? "" : "base");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (isa & (1u << i)) {
            size_t n = strlen(to);
            snprintf(to + n, size - n, "%s%s", n ? "+" : "", names[i]);
        }
    return to;
}
