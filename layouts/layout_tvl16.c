/* Tensor Virtualization Layout: panels of 16 rows, each a sequence of 64-byte lines in the order of the columns. A line
 * has one 32-bit lane for each row of its panel, and the lane holds the next 32 bits of that row: a column of f32, two
 * of bf16 or f16, the codes of four columns of q8_0 or of eight of q4_0 (as in GGUF's bytes, j and j + 16).
 *
 * A group is the blocks of a panel in the same columns. Its f16 scales follow its codes: two groups of 32 columns are
 * the lines of both, then one line with the scales of the first group's 16 rows and of the second's. If the number of
 * groups is odd, the last one has a line of its own for scales, half of it padding. Groups of the K formats have lines
 * of small scales before those of codes (tvl16_k.h); q4_K and q5_K have two halves for each row, which fill a line, so
 * every group has one. Rows that the last panel lacks are zero. */
#include "layouts/layout.h"

#include "kernels/dtype_k.h"
#include "layouts/tvl16_k.h"

#include <string.h>

enum { R = 16, LINE = 64, LANE = 4, SCALE = 2, PAIR = 2 };

/* Bytes of f16 scales in a block. */
static size_t half_bytes(mw_dtype dtype)
{
    return mw_dtype_is_k(dtype) ? mw_k_parts_of(dtype).half_bytes : SCALE;
}

/* Groups that share a line of f16 scales. */
static size_t groups_together(mw_dtype dtype)
{
    return PAIR * SCALE / half_bytes(dtype);
}

/* Lines that everything else of a group takes. */
static size_t code_lines(mw_dtype dtype)
{
    return (mw_dtypes[dtype].block_bytes - half_bytes(dtype)) / LANE;
}

static uint64_t panel_bytes(mw_dtype dtype, uint64_t cols)
{
    if (!mw_dtype_in_blocks(dtype))
        return (mw_dtype_bytes(dtype, cols) + LANE - 1) / LANE * LINE;
    const uint64_t groups = cols / mw_dtypes[dtype].block, together = groups_together(dtype);
    return (groups * code_lines(dtype) + (groups + together - 1) / together) * LINE;
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

/* Where the lines of block b's group are; `scales` gets the place of its 16 first f16 scales. */
static size_t place_group(mw_dtype dtype, size_t i, size_t b, size_t cols, size_t *scales)
{
    const size_t lines = code_lines(dtype), together = groups_together(dtype), first = b / together * together;
    const size_t start = (size_t)at(dtype, i, 0, cols) + b / together * (together * lines + 1) * LINE;
    const size_t left = cols / mw_dtypes[dtype].block - first, n = left < together ? left : together;
    *scales = start + n * lines * LINE + (b - first) * R * SCALE;
    return start + (b - first) * lines * LINE;
}

/* Moves a block of q8_0 or q4_0 between its place and its lanes and scale. */
static void move_block(mw_dtype dtype, char *lane, char *scale, char *block, bool put)
{
    char *codes = block + SCALE;
    memcpy(put ? scale : block, put ? block : scale, SCALE);
    for (size_t l = 0; l < code_lines(dtype); l++)
        memcpy(put ? lane + l * LINE : codes + l * LANE, put ? codes + l * LANE : lane + l * LINE, LANE);
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
        size_t scales;
        char *lines = w + place_group(dtype, i, b + k, cols, &scales), *block = blocks + k * bytes;
        if (!mw_dtype_is_k(dtype))
            move_block(dtype, lines + i % R * LANE, w + scales + i % R * SCALE, block, put);
        else if (put)
            mw_tvl16_k_put(dtype, lines, w + scales, i % R, block);
        else
            mw_tvl16_k_get(dtype, lines, w + scales, i % R, block);
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
