/* How weights are stored: the dtypes, and what turns them into floats and back.
 *
 * Block formats are those of GGUF, bit for bit. In ggml's block_q8_0 and block_q4_0 32 values share one f16 scale that
 * comes first; the super-blocks of the K formats are described in dtype_k.h. Everything is little-endian. */
#ifndef MW_KERNELS_DTYPE_H
#define MW_KERNELS_DTYPE_H

#include "include/memwall/kernel.h" /* mw_dtype */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

enum { MW_K = 256, MW_MOST_BLOCK_BYTES = 210 }; /* values of a block of the K formats; bytes of the largest block */

typedef struct mw_dtype_info {
    const char *name;            /* what users write: "q8_0" */
    const char *suffix;          /* of names of variants: "@q8_0"; "" of f32 */
    unsigned block, block_bytes; /* values that are stored together, and their bytes */
    uint32_t id;                 /* in files: that of a tensor's type in GGUF (enum ggml_type) */
    /* n values, a multiple of `block`, to floats. This is exact, but in K formats, whose products are rounded. */
    void (*to_floats)(float *to, const void *from, size_t n);
    /* n finite floats, a multiple of `block`, to stored values: to nearest, ties to even, or for a block format the
     * codes and scales of GGUF's reference quantizer (ggml, quantize_row_q8_0_ref and its like). */
    void (*of_floats)(void *to, const float *from, size_t n);
    /* Whether n values, a multiple of `block`, are all finite. */
    bool (*finite)(const void *from, size_t n);
} mw_dtype_info;

/* Indexed by mw_dtype. */
extern const mw_dtype_info mw_dtypes[MW_DTYPE_COUNT];

/* The dtype of that name in letters of either case, and the one of that id in files; false if there is none. */
bool mw_dtype_named(const char *name, mw_dtype *dtype);
bool mw_dtype_of_id(uint32_t id, mw_dtype *dtype);

/* Whether values are stored in blocks with a scale. */
static inline bool mw_dtype_in_blocks(mw_dtype dtype)
{
    return mw_dtypes[dtype].block > 1;
}

/* Bytes of n values; n is a multiple of the block. */
static inline uint64_t mw_dtype_bytes(mw_dtype dtype, uint64_t n)
{
    return n / mw_dtypes[dtype].block * mw_dtypes[dtype].block_bytes;
}

/* The bits of a float, and back. */
static inline uint32_t mw_bits_of_float(float value)
{
    uint32_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static inline float mw_float_of_bits(uint32_t bits)
{
    float value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

/* One value of 16 bits. The first two are exact; the others round to nearest, ties to even, and keep NaN and infinity.
 */
float mw_float_of_f16(uint16_t half);
float mw_float_of_bf16(uint16_t upper);
uint16_t mw_f16_of_float(float value);
uint16_t mw_bf16_of_float(float value);

#endif
