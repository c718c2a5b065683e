/* What bf16 adds to the loops over panels. */
#include "kernels/neon_halves.h"

/* The upper halves of floats. */
static inline vector expand(const char *p)
{
    return vreinterpretq_f32_u32(vshll_n_u16(vld1_u16((const uint16_t *)(const void *)p), 16));
}
