/* Tensor Virtualization Layout: panels of 16 rows, a panel a sequence of 64-byte lines in the order of the columns. A line
 * has one 32-bit lane for each row of its panel, and the lane holds the next 32 bits of that row: a column of f32, two of
 * bf16 or f16, the codes of four columns of q8_0 or of eight of q4_0 (as in GGUF's byte order, j and j + 16).
 *
 * The scales of a block format follow their codes: two groups of 32 columns are the lines of codes of both, then one line
 * with the f16 scales of the first group's 16 rows and of the second's. If the number of groups is odd, the last group
 * has a line of its own for scales, half of it padding. Rows that the last panel lacks are zero. */
#include "layouts/layout.h"

#include <string.h>

enum { R = 16, LINE = 64, LANE = 4, SCALE = 2, PAIR = 2 };

static bool is_block(mw_dtype dtype)
{
    return mw_dtypes[dtype].block > 1;
}

/* Lines that the codes of a group take. */
static size_t code_lines(mw_dtype dtype)
{
    return (mw_dtypes[dtype].block_bytes - SCALE) / LANE;
}

static uint64_t panel_bytes(mw_dtype dtype, uint64_t cols)
{
    if (!is_block(dtype))
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

/* Where the first lane of a block is; `scale` gets the place of its scale. Of one value that is the value itself. */
static size_t place(mw_dtype dtype, size_t i, size_t b, size_t cols, size_t *scale)
{
    const size_t panel = (size_t)(i / R * panel_bytes(dtype, cols)), r = i % R;
    if (!is_block(dtype)) {
        const size_t byte = b * mw_dtypes[dtype].block_bytes;
        return panel + byte / LANE * LINE + r * LANE + byte % LANE;
    }
    const size_t lines = code_lines(dtype), pair = panel + b / PAIR * (PAIR * lines + 1) * LINE, half = b % PAIR;
    const bool alone = b / PAIR * PAIR + 1 == cols / mw_dtypes[dtype].block;
    *scale = pair + (alone ? 1 : PAIR) * lines * LINE + half * R * SCALE + r * SCALE;
    return pair + half * lines * LINE + r * LANE;
}

static void put(mw_dtype dtype, void *w, const void *block, size_t i, size_t b, size_t rows, size_t cols)
{
    size_t scale = 0, to = place(dtype, i, b, cols, &scale);
    const char *from = block;
    (void)rows;
    if (!is_block(dtype)) {
        memcpy((char *)w + to, from, mw_dtypes[dtype].block_bytes);
        return;
    }
    memcpy((char *)w + scale, from, SCALE);
    for (size_t k = 0; k < code_lines(dtype); k++)
        memcpy((char *)w + to + k * LINE, from + SCALE + k * LANE, LANE);
}

static void get(mw_dtype dtype, const void *w, void *block, size_t i, size_t b, size_t rows, size_t cols)
{
    size_t scale = 0, from = place(dtype, i, b, cols, &scale);
    char *to = block;
    (void)rows;
    if (!is_block(dtype)) {
        memcpy(to, (const char *)w + from, mw_dtypes[dtype].block_bytes);
        return;
    }
    memcpy(to, (const char *)w + scale, SCALE);
    for (size_t k = 0; k < code_lines(dtype); k++)
        memcpy(to + SCALE + k * LANE, (const char *)w + from + k * LINE, LANE);
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
