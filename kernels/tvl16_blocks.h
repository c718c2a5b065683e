/* Where the blocks of a panel are in layout tvl (layouts/TVL.md). A block is 32 consecutive weights of one row with one
 * scale. A group is the 16 blocks of a panel in the same 32 columns: CODE_LINES lines of codes (defined by the
 * including file) and half a line of scales. Groups are stored in pairs: codes of the first, codes of the second, one
 * line with the scales of both. If the number of groups is odd, the last one has a line of scales for itself, half of
 * it unused. */
#ifndef MW_KERNELS_TVL16_BLOCKS_H
#define MW_KERNELS_TVL16_BLOCKS_H

#include "kernels/kernel.h"

enum { R = 16, LINE = 64, GROUP = 32, SCALES = R * 2 /* bytes */, PAIR_BYTES = (2 * CODE_LINES + 1) * LINE };
enum { TILE_COLS = GROUP, COL_MULTIPLE = GROUP };

typedef struct group {
    const char *codes, *scales;
} group;

/* Group g of `groups` in the panel at w. */
static inline __attribute__((always_inline)) group group_of(const char *w, size_t g, size_t groups)
{
    const char *pair = w + g / 2 * PAIR_BYTES, *codes = pair + g % 2 * CODE_LINES * LINE;
    const size_t before = g % 2 == 0 && g + 1 == groups ? CODE_LINES : 2 * CODE_LINES;
    return (group){codes, pair + before * LINE + g % 2 * SCALES};
}

static inline size_t panel_bytes(size_t cols)
{
    const size_t groups = cols / GROUP;
    return (groups * CODE_LINES + (groups + 1) / 2) * LINE;
}

#endif
