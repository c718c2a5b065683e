#include "platform/cpu.h"

#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#if defined(__x86_64__)
#include <cpuid.h>

/* Some compilers' __builtin_cpu_supports does not know the name. */
static bool has_f16c(void)
{
    unsigned a, b, c, d;
    return __get_cpuid(1, &a, &b, &c, &d) && (c & bit_F16C);
}
#elif defined(__aarch64__) && defined(__APPLE__)
#include <sys/sysctl.h>

static bool has(const char *feature)
{
    int is = 0;
    size_t size = sizeof is;
    return sysctlbyname(feature, &is, &size, NULL, 0) == 0 && is;
}

static bool has_dotprod(void)
{
    return has("hw.optional.arm.FEAT_DotProd");
}

static bool has_i8mm(void)
{
    return has("hw.optional.arm.FEAT_I8MM");
}
#elif defined(__aarch64__)
#include <sys/auxv.h>

static bool has_dotprod(void)
{
    enum { DOTPROD = 1 << 20 }; /* HWCAP_ASIMDDP, Linux, arch/arm64 */
    return getauxval(AT_HWCAP) & DOTPROD;
}

static bool has_i8mm(void)
{
    enum { I8MM = 1 << 13 }; /* HWCAP2_I8MM */
    return getauxval(AT_HWCAP2) & I8MM;
}
#endif

static uint32_t look(void)
{
    uint32_t isa = 0;
#if defined(__aarch64__)
    isa |= MW_ISA_NEON; /* part of the base architecture */
    if (has_dotprod())
        isa |= MW_ISA_DOTPROD;
    if (has_i8mm())
        isa |= MW_ISA_I8MM;
#elif defined(__x86_64__)
    /* The compiler's runtime asks CPUID and, through XGETBV, whether the system saves the registers. */
    __builtin_cpu_init();
    if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("fma") && has_f16c())
        isa |= MW_ISA_AVX2;
    if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512dq") &&
        __builtin_cpu_supports("avx512vl"))
        isa |= MW_ISA_AVX512;
    if (__builtin_cpu_supports("avx512vnni"))
        isa |= MW_ISA_AVX512VNNI;
#endif
    return isa;
}

/* Looks once: a hypervisor takes microseconds to answer CPUID. */
uint32_t mw_cpu_isa(void)
{
    enum { LOOKED = 1 << 30 };
    static atomic_uint known;
    uint32_t isa = atomic_load_explicit(&known, memory_order_relaxed);
    if (!isa) {
        isa = look() | LOOKED;
        atomic_store_explicit(&known, isa, memory_order_relaxed);
    }
    return isa & ~(uint32_t)LOOKED;
}

const char *mw_isa_text(uint32_t isa, char *to, size_t size)
{
    static const char *const names[] = {"neon", "avx2", "avx512", "avx512vnni", "dotprod", "i8mm"};
    snprintf(to, size, "%s", isa ? "" : "base");
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (isa & (1u << i)) {
            size_t n = strlen(to);
            snprintf(to + n, size - n, "%s%s", n ? "+" : "", names[i]);
        }
    return to;
}
