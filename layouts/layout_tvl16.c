/* Tensor Virtualization Layout: panels of 16 rows, each a sequence of 64-byte lines in the order of the columns. A line
 * has one 32-bit lane for each row of its panel, and the lane holds the next 32 bits of that row: a column of f32, two
 * of bf16 or f16, the codes of four columns of q8_0 or of eight of q4_0 (as in GGUF's bytes, j and j + 16).
 *
 * The scales of a block format follow their codes: two groups of 32 columns are the lines of codes of both, then one
 * line with the f16 scales of the first group's 16 rows and of the second's. If the number of groups is odd, the last
 * one has a line of its own for scales, half of it padding. Rows that the last panel lacks are zero. */
#include "layouts/layout.h"

#include <string.h>

enum { R = 16, LINE = 64, LANE = 4, SCALE = 2, PAIR = 2 };

/* Lines that the codes of a group take. */
static size_t code_lines(mw_dtype dtype)
{
    return (mw_dtypes[dtype].block_bytes - SCALE) / LANE;
}

static uint64_t panel_bytes(mw_dtype dtype, uint64_t cols)
{
    if (!mw_dtype_in_blocks(dtype))
        return (mw_dtype_bytes(dtype, cols) + LANE - 1) / LANE * LINE;
    const uint64_t groups = cols / mw_dtypes[dtype].block;
    return (groups * code_lines(dtype) + (groups + 1) / PAIR) * LINE;
}

static uint64_t bytes(mw_dtype dtype, uint64_t rows, uint64_t cols)
{
    return (rows + R - 1) / R * panel_bytes(dtype, cols);
}

static size_t ld(size_t rows, size_t cols)
{
    (void)rows;
    return cols;
}

static uint64_t at(mw_dtype dtype, size_t i, size_t rows, size_t cols)
{
    (void)rows;
    return i / R * panel_bytes(dtype, cols);
}

/* Where the first lane of value b is, whose size is that of `dtype`. */
static size_t place_value(mw_dtype dtype, size_t i, size_t b, size_t cols)
{
    const size_t byte = b * mw_dtypes[dtype].block_bytes;
    return (size_t)at(dtype, i, 0, cols) + byte / LANE * LINE + i % R * LANE + byte % LANE;
}

/* Where the first lane of block b is; `scale` gets the place of its scale. */
static size_t place_block(mw_dtype dtype, size_t i, size_t b, size_t cols, size_t *scale)
{
    const size_t lines = code_lines(dtype), half = b % PAIR;
    const size_t pair = (size_t)at(dtype, i, 0, cols) + b / PAIR * (PAIR * lines + 1) * LINE;
    const bool alone = b / PAIR * PAIR + 1 == cols / mw_dtypes[dtype].block;
    *scale = pair + (alone ? 1 : PAIR) * lines * LINE + half * R * SCALE + i % R * SCALE;
    return pair + half * lines * LINE + i % R * LANE;
}

/* Moves values of 4 or 2 bytes between consecutive places and their lanes. A row of f32 is what every model is packed
 * from, so its loop has nothing to decide. */
static inline __attribute__((always_inline)) void move(mw_dtype dtype, char *w, char *blocks, size_t i, size_t b,
                                                       size_t n, size_t cols, bool put)
{
    const size_t bytes = mw_dtypes[dtype].block_bytes;
    if (bytes == LANE) {
        char *lane = w + place_value(dtype, i, b, cols);
        for (size_t k = 0; k < n; k++)
            memcpy(put ? lane + k * LINE : blocks + k * LANE, put ? blocks + k * LANE : lane + k * LINE, LANE);
    } else if (!mw_dtype_in_blocks(dtype)) {
        for (size_t k = 0; k < n; k++) {
            char *lane = w + place_value(dtype, i, b + k, cols), *value = blocks + k * bytes;
            memcpy(put ? lane : value, put ? value : lane, bytes);
        }
    }
    for (size_t k = 0; mw_dtype_in_blocks(dtype) && k < n; k++) {
        size_t at_scale;
        char *lane = w + place_block(dtype, i, b + k, cols, &at_scale), *scale = w + at_scale;
        char *block = blocks + k * bytes, *codes = block + SCALE;
        memcpy(put ? scale : block, put ? block : scale, SCALE);
        for (size_t l = 0; l < code_lines(dtype); l++)
            memcpy(put ? lane + l * LINE : codes + l * LANE, put ? codes + l * LANE : lane + l * LINE, LANE);
    }
}

static void put(mw_dtype dtype, void *w, const void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols)
{
    (void)rows;
    move(dtype, w, (char *)(uintptr_t)blocks, i, b, n, cols, true);
}

static void get(mw_dtype dtype, const void *w, void *blocks, size_t i, size_t b, size_t n, size_t rows, size_t cols)
{
    (void)rows;
    move(dtype, (char *)(uintptr_t)w, blocks, i, b, n, cols, false);
}

const mw_layout mw_layout_tvl16 = {
    .name = "tvl",
    .description = "panels of 16 rows, column after column, in the order of the forward pass",
    .id = MW_LAYOUT_TVL16,
    .panel_rows = R,
    .forward_order = true,
    .bytes = bytes,
    .ld = ld,
    .at = at,
    .put = put,
    .get = get,
};
