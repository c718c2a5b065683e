/* What bf16 adds to the loops over panels. */
#include "kernels/neon_halves.h"

static inline vector expand(const char *p)
{
    return mw_bf16_to_floats(p);
}
