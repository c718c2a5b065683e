/* Whether values are finite, checked where their bytes are touched anyway. */
#ifndef MW_LAYOUTS_FINITE_H
#define MW_LAYOUTS_FINITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* Inf and NaN are the values with all exponent bits set. */
static inline bool mw_all_finite(const float *x, size_t n)
{
    uint32_t bad = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t bits;
        memcpy(&bits, &x[i], sizeof bits);
        bad |= (bits & 0x7f800000u) == 0x7f800000u;
    }
    return !bad;
}

#endif
