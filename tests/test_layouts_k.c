/* Where layout tvl keeps the bits of super-blocks: each bit of a code, each byte of scales and each half alone, in a
 * block of zeros, by the tables of layouts/TVL.md and of GGUF. */
#include "layouts/layout.h"
#include "tests/tap.h"

#include <stdlib.h>
#include <string.h>

enum { ROW = 21, ROWS = 30, BLOCK = 2, BLOCKS = 3, COLS = BLOCKS * 256, MOST = 2 * 160 * 64 };

static const struct {
    mw_dtype dtype;
    unsigned bytes, lines;     /* of a block; of the groups of three blocks */
    unsigned halves, n_halves; /* where d is in a block */
    unsigned scales, n_scales; /* and the small scales */
    unsigned body;             /* lines of scales and codes of a group */
} formats[] = {
    {MW_Q4_K, 144, 3 * 36, 0, 2, 4, 12, 35},
    {MW_Q5_K, 176, 3 * 44, 0, 2, 4, 12, 43},
    {MW_Q6_K, 210, 105 + 53, 208, 1, 192, 16, 52},
};
enum { FORMATS = sizeof formats / sizeof *formats };

/* Sets one bit of a byte in a block or a panel. */
static void set(unsigned char *at, unsigned byte, unsigned bit)
{
    at[byte] = (unsigned char)(at[byte] | 1u << bit);
}

/* One bit of code j of a block, as GGUF has it. */
static void set_in_gguf(mw_dtype d, unsigned char *block, unsigned j, unsigned bit)
{
    if (d == MW_Q6_K && bit < 4)
        set(block, j / 128 * 64 + j % 64, j % 128 / 64 * 4 + bit);
    else if (d == MW_Q6_K)
        set(block, 128 + j / 128 * 32 + j % 32, j % 128 / 32 * 2 + bit - 4);
    else if (bit < 4)
        set(block, (d == MW_Q4_K ? 16 : 48) + j / 64 * 32 + j % 32, j % 64 / 32 * 4 + bit);
    else
        set(block, 16 + j % 32, j / 32);
}

/* The same in the lines of codes of a group in a panel, at a row. */
static void set_in_tvl(mw_dtype d, unsigned char *codes, unsigned j, unsigned bit, unsigned row)
{
    const unsigned group = j / 32, c = j % 32, quad = c % 16 / 4, lane = 4 * row + c % 4;
    if (d == MW_Q4_K)
        set(codes, (4 * group + quad) * 64 + lane, c < 16 ? bit : 4 + bit);
    else if (d == MW_Q5_K && (c < 16 || bit >= 2))
        set(codes, (5 * group + quad) * 64 + lane, c < 16 ? bit : 3 + bit);
    else if (d == MW_Q5_K)
        set(codes, (5 * group + 4) * 64 + lane, 2 * quad + bit);
    else if (quad < 3)
        set(codes, (6 * group + c / 16 * 3 + quad) * 64 + lane, bit);
    else
        set(codes, (6 * group + c / 16 * 3 + bit / 2) * 64 + lane, 6 + bit % 2);
}

/* Whether a block lies in an otherwise empty matrix as `want` says, and comes back. */
static bool lies(mw_dtype d, unsigned block_bytes, const unsigned char *block, const unsigned char *want)
{
    static unsigned char w[MOST];
    unsigned char back[MW_MOST_BLOCK_BYTES];
    memset(w, 0, sizeof w);
    mw_layout_tvl16.put(d, w, block, ROW, BLOCK, 1, ROWS, COLS);
    mw_layout_tvl16.get(d, w, back, ROW, BLOCK, 1, ROWS, COLS);
    return memcmp(w, want, sizeof w) == 0 && memcmp(back, block, block_bytes) == 0;
}

int main(void)
{
    for (int f = 0; f < FORMATS; f++) {
        const mw_dtype d = formats[f].dtype;
        const char *name = mw_dtypes[d].name;
        const unsigned row = ROW % 16, panel = formats[f].lines * 64, n = formats[f].bytes;
        /* of three groups of q6_K the first two share a line of halves */
        const unsigned group = panel + (2 * formats[f].body + (d == MW_Q6_K ? 1 : 2)) * 64;
        const unsigned codes = group + formats[f].n_scales * 16, halves = group + formats[f].body * 64;
        const unsigned bits = d == MW_Q4_K ? 4 : d == MW_Q5_K ? 5 : 6;
        unsigned good = 0;
        for (unsigned j = 0; j < 256 * bits; j++) {
            unsigned char block[MW_MOST_BLOCK_BYTES] = {0}, want[MOST] = {0};
            set_in_gguf(d, block, j / bits, j % bits);
            set_in_tvl(d, want + codes, j / bits, j % bits, row);
            good += lies(d, n, block, want);
        }
        tap_ok(good == 256 * bits, "%s: %u of %u bits of codes are where they should be", name, good, 256 * bits);
        good = 0;
        for (unsigned s = 0; s < formats[f].n_scales; s++) {
            unsigned char block[MW_MOST_BLOCK_BYTES] = {0}, want[MOST] = {0};
            block[formats[f].scales + s] = want[group + 16 * s + row] = 0xa5;
            good += lies(d, n, block, want);
        }
        for (unsigned h = 0; h < 2 * formats[f].n_halves; h++) {
            unsigned char block[MW_MOST_BLOCK_BYTES] = {0}, want[MOST] = {0};
            block[formats[f].halves + h] = want[halves + h / 2 * 32 + row * 2 + h % 2] = 0xa5;
            good += lies(d, n, block, want);
        }
        tap_ok(good == formats[f].n_scales + 2 * formats[f].n_halves, "%s: so are scales", name);
        tap_ok(mw_layout_tvl16.bytes(d, 16, COLS) == panel && mw_layout_tvl16.bytes(d, 17, COLS) == 2 * panel &&
                   mw_layout_tvl16.bytes(d, 16, 512) == 2 * 16 * n && mw_layout_tvl16.at(d, 16, 32, COLS) == panel,
               "%s: lines of a panel by hand", name);
    }
    return tap_done();
}
