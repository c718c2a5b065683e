/* Where the super-blocks of a K format (dtype_k.h) are in a panel of layout tvl (layouts/TVL.md). Below, a block is the
 * super-blocks of a panel's 16 rows in the same 256 columns: SCALE_BYTES / 4 lines of small scales, CODE_LINES lines of
 * codes, and HALVES (2: d and dmin, 1: d) half lines of f16 scales. Both constants and SCALE_BYTES are defined by the
 * including file. With one half, blocks come in pairs that share the last line, as in tvl16_blocks.h. */
#ifndef MW_KERNELS_TVL16_K_H
#define MW_KERNELS_TVL16_K_H

#include "kernels/kernel.h"

enum { R = 16, LINE = 64, GROUP = 32, GROUPS = 8, SUPER = GROUP * GROUPS, HALF_BYTES = R * 2 };
enum { TOGETHER = 2 / HALVES, BODY_LINES = SCALE_BYTES / 4 + CODE_LINES, GROUP_BYTES = CODE_LINES / GROUPS * LINE };
enum { TILE_COLS = SUPER, COL_MULTIPLE = SUPER };

typedef struct block {
    const char *scales; /* byte s of row r at 16 s + r */
    const char *codes;  /* of a group in GROUP_BYTES */
    const char *halves; /* d of 16 rows, then dmin */
} block;

/* Block b of `blocks` in the panel at w. */
static inline __attribute__((always_inline)) block block_of(const char *w, size_t b, size_t blocks)
{
    const size_t first = b / TOGETHER * TOGETHER, n = blocks - first < TOGETHER ? blocks - first : TOGETHER;
    const char *start = w + b / TOGETHER * (TOGETHER * BODY_LINES + 1) * LINE;
    const char *lines = start + (b - first) * BODY_LINES * LINE;
    return (block){lines, lines + SCALE_BYTES * R, start + n * BODY_LINES * LINE + (b - first) * HALF_BYTES};
}

static inline size_t panel_bytes(size_t cols)
{
    const size_t blocks = cols / SUPER;
    return (blocks * BODY_LINES + (blocks + TOGETHER - 1) / TOGETHER) * LINE;
}

#endif
