/* 64-bit arithmetic on sizes that come from files: an overflow is an answer, never a wrapped number. */
#ifndef MW_PLATFORM_CHECKED_H
#define MW_PLATFORM_CHECKED_H

#include <stdbool.h>
#include <stdint.h>

/* *out = a + b or a * b; false on overflow, *out is then unspecified. */
static inline bool mw_add_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_add_overflow(a, b, out);
}

static inline bool mw_mul_u64(uint64_t a, uint64_t b, uint64_t *out)
{
    return !__builtin_mul_overflow(a, b, out);
}

/* `value` rounded up to a multiple of `step` (a power of two); false on overflow. */
static inline bool mw_align_u64(uint64_t value, uint64_t step, uint64_t *out)
{
    if (!mw_add_u64(value, step - 1, out))
        return false;
    *out &= ~(step - 1);
    return true;
}

#endif
