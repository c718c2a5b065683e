/* Super-blocks: 256 values of a row in GGUF's formats q4_K, q5_K and q6_K (ggml's block_q4_K, block_q5_K and
 * block_q6_K).
 *
 *   q4_K   8 groups of 32: value = d * scale * code - dmin * minimum; 4-bit codes, scale and minimum of 6 bits
 *   q5_K   the same with 5-bit codes
 *   q6_K   16 groups of 16: value = d * scale * (code - 32); 6-bit codes, scale of 8 bits with a sign
 *
 * d and dmin are f16. In a block these parts stand in other orders, and codes are spread over bits of several bytes. */
#ifndef MW_KERNELS_DTYPE_K_H
#define MW_KERNELS_DTYPE_K_H

#include "kernels/dtype.h"

enum { MW_K_GROUP = 32, MW_K_GROUPS = MW_K / MW_K_GROUP };

/* Where a block has its parts that are not codes. */
typedef struct mw_k_parts {
    unsigned halves, half_bytes;  /* d, then dmin if there are minima */
    unsigned scales, scale_bytes; /* the scales of its groups: for q4_K and q5_K see mw_k_scale */
} mw_k_parts;

static inline bool mw_dtype_is_k(mw_dtype dtype)
{
    return mw_dtypes[dtype].block == MW_K;
}

mw_k_parts mw_k_parts_of(mw_dtype dtype);

/* All codes of a block in the order of its values, as unsigned numbers, and back: this writes the codes alone. */
void mw_k_codes(mw_dtype dtype, const uint8_t *block, uint8_t codes[MW_K]);
void mw_k_put_codes(mw_dtype dtype, uint8_t *block, const uint8_t codes[MW_K]);

/* Scale and minimum, 6 bits each, of group g out of the 12 bytes of q4_K and q5_K: for g < 4 they are the low bits of
 * bytes g and g + 4. For the others byte g + 4 has four low bits of the scale, then four of the minimum; their upper
 * two are at the top of bytes g - 4 and g. */
void mw_k_scale(const uint8_t scales[12], size_t g, unsigned *scale, unsigned *minimum);

#endif
