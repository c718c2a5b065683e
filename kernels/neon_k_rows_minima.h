/* Scales and minima of row-major q4_K and q5_K (mw_k_scale in dtype_k.h), and with them the loop over rows. The file of
 * a dtype has defined BLOCK_BYTES, and after this it defines dots_of (neon_k_rows.h). */
#ifndef MW_KERNELS_NEON_K_ROWS_MINIMA_H
#define MW_KERNELS_NEON_K_ROWS_MINIMA_H

#include "kernels/kernel.h"
#include "kernels/neon.h"

#define MINIMA 1
enum { GROUP = 32, GROUPS = 8, SUPER = GROUP * GROUPS, SUMS = GROUPS, HALVES_AT = 0, SCALES_AT = 4 };

typedef struct small {
    int32x4_t scale[SUMS / 4];
    float minimum[GROUPS];
} small;

static inline void dots_of(int32x4_t dots[SUMS], const char *block, const mw_x8 *x);

/* Eight bytes, those of `low` first, as integers. */
static inline void widen(int32x4_t to[2], uint32_t low, uint32_t high)
{
    const uint16x8_t words = vmovl_u8(vcreate_u8(low | (uint64_t)high << 32));
    to[0] = vreinterpretq_s32_u32(vmovl_u16(vget_low_u16(words)));
    to[1] = vreinterpretq_s32_u32(vmovl_high_u16(words));
}

static inline small small_of(const char *block)
{
    uint32_t a, b, c; /* the 12 bytes, four at a time */
    int32x4_t minimum[2];
    small s;
    __builtin_memcpy(&a, block + SCALES_AT, sizeof a);
    __builtin_memcpy(&b, block + SCALES_AT + 4, sizeof b);
    __builtin_memcpy(&c, block + SCALES_AT + 8, sizeof c);
    widen(s.scale, a & 0x3f3f3f3f, (c & 0x0f0f0f0f) | (a >> 2 & 0x30303030));
    widen(minimum, b & 0x3f3f3f3f, (c >> 4 & 0x0f0f0f0f) | (b >> 2 & 0x30303030));
    for (size_t k = 0; k < 2; k++)
        vst1q_f32(s.minimum + 4 * k, vcvtq_f32_s32(minimum[k]));
    return s;
}

#include "kernels/neon_k_rows.h"

#endif
