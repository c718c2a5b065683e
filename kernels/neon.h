/* NEON intrinsics: native on AArch64, through SIMDe elsewhere. Included only by the *_neon.c files. */
#ifndef MW_KERNELS_NEON_H
#define MW_KERNELS_NEON_H

#if defined(__aarch64__)
#include <arm_neon.h>
#define MW_NEON_ISA MW_ISA_NEON
#define MW_NEON_ISA_NAME "neon"
#define MW_DOTPROD_ISA (MW_ISA_NEON | MW_ISA_DOTPROD)
#define MW_DOTPROD_ISA_NAME "neon-dotprod"
#define MW_I8MM_ISA (MW_DOTPROD_ISA | MW_ISA_I8MM)
#define MW_I8MM_ISA_NAME "neon-i8mm"
#else
/* SIMDe turns each intrinsic into SSE, AVX2 or FMA instructions; these files are compiled with AVX2 and FMA. */
#define SIMDE_ENABLE_NATIVE_ALIASES
#include <simde/arm/neon.h>
#ifndef vdivq_f32 /* SIMDe had no division up to 0.7.4; its vectors are the compiler's own */
#define vdivq_f32(a, b) ((a) / (b))
#endif
#define MW_NEON_ISA MW_ISA_AVX2
#define MW_NEON_ISA_NAME "neon-simde"
#define MW_DOTPROD_ISA MW_ISA_AVX2
#define MW_DOTPROD_ISA_NAME "neon-simde"
#endif

/* Four IEEE halves in eight bytes of any alignment, and one, as floats. SIMDe does not use F16C. */
static inline float32x4_t mw_halves_to_floats(const void *halves)
{
#if defined(__aarch64__)
    uint16x4_t four;
    __builtin_memcpy(&four, halves, sizeof four);
    return vcvt_f32_f16(vreinterpret_f16_u16(four));
#else
    float four[4];
    _mm_storeu_ps(four, _mm_cvtph_ps(_mm_loadl_epi64((const __m128i *)halves)));
    return vld1q_f32(four);
#endif
}

/* Four values of bf16, which are the upper halves of floats, at any alignment. */
static inline float32x4_t mw_bf16_to_floats(const void *upper)
{
#if defined(__aarch64__)
    uint16x4_t four;
    __builtin_memcpy(&four, upper, sizeof four);
    return vreinterpretq_f32_u32(vshll_n_u16(four, 16));
#else
    float four[4];
    const __m128i halves = _mm_loadl_epi64((const __m128i *)upper);
    _mm_storeu_ps(four, _mm_castsi128_ps(_mm_unpacklo_epi16(_mm_setzero_si128(), halves)));
    return vld1q_f32(four);
#endif
}

static inline float mw_half_to_float(const void *half)
{
    uint16_t bits;
    __builtin_memcpy(&bits, half, sizeof bits);
#if defined(__aarch64__)
    __fp16 value;
    __builtin_memcpy(&value, &bits, sizeof value);
    return value;
#else
    return _cvtsh_ss(bits);
#endif
}

#endif
