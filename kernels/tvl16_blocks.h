/* Where the blocks of a panel stand in layout tvl (layouts/TVL.md): two groups of 32 columns are the code lines of both
 * and one line of scales, the first group's 16 before the second's; of an odd number of groups the last one has a line
 * of scales of its own. Included by files that have defined CODE_LINES, the lines of codes of a group. */
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
