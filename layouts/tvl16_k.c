#include "layouts/tvl16_k.h"

#include "kernels/dtype_k.h"

#include <string.h>

enum { R = 16, LINE = 64, LANE = 4, HALF = 2, MOST_LANES = 48 };

/* Codes in lanes are a sequence of cells. The first code of each byte is whole in its low bits; above it are pieces of
 * other codes, so that unpacking takes few masks and shifts.
 *
 *   q4_K   a cell is 32 codes in 4 lanes: byte b has code b, and code b + 16 above it
 *   q5_K   32 codes in 5 lanes: byte b < 16 has code b, and above it bits 2 to 4 of code b + 16. Bits 0 and 1 of that
 *          are in byte 16 + b % 4, from bit b / 4 * 2 on
 *   q6_K   16 codes in 3 lanes: byte b < 12 has code b, and above it bits b / 4 * 2 and the next of code 12 + b % 4 */
typedef struct cells {
    unsigned codes, lanes, whole; /* codes and lanes of a cell; bytes with a whole code */
} cells;

static cells cells_of(mw_dtype dtype)
{
    return dtype == MW_Q4_K ? (cells){32, 4, 16} : dtype == MW_Q5_K ? (cells){32, 5, 16} : (cells){16, 3, 12};
}

static void to_lanes(mw_dtype dtype, uint8_t *lanes, const uint8_t *codes)
{
    const cells cell = cells_of(dtype);
    memset(lanes, 0, MW_K / cell.codes * cell.lanes * LANE);
    for (unsigned at = 0; at < MW_K; at += cell.codes, codes += cell.codes, lanes += cell.lanes * LANE)
        for (unsigned b = 0; b < cell.whole; b++) {
            const unsigned turn = b / LANE * 2;
            if (dtype == MW_Q4_K) {
                lanes[b] = (uint8_t)(codes[b] | codes[b + 16] << 4);
            } else if (dtype == MW_Q5_K) {
                lanes[b] = (uint8_t)(codes[b] | codes[b + 16] >> 2 << 5);
                lanes[16 + b % LANE] |= (uint8_t)((codes[b + 16] & 3) << turn);
            } else {
                lanes[b] = (uint8_t)(codes[b] | (codes[12 + b % LANE] >> turn & 3) << 6);
            }
        }
}

static void of_lanes(mw_dtype dtype, const uint8_t *lanes, uint8_t *codes)
{
    const cells cell = cells_of(dtype);
    memset(codes, 0, MW_K);
    for (unsigned at = 0; at < MW_K; at += cell.codes, codes += cell.codes, lanes += cell.lanes * LANE)
        for (unsigned b = 0; b < cell.whole; b++) {
            const unsigned turn = b / LANE * 2;
            if (dtype == MW_Q4_K) {
                codes[b] = lanes[b] & 15;
                codes[b + 16] = lanes[b] >> 4;
            } else if (dtype == MW_Q5_K) {
                codes[b] = lanes[b] & 31;
                codes[b + 16] = (uint8_t)(lanes[b] >> 5 << 2 | (lanes[16 + b % LANE] >> turn & 3));
            } else {
                codes[b] = lanes[b] & 63;
                codes[12 + b % LANE] |= (uint8_t)(lanes[b] >> 6 << turn);
            }
        }
}

void mw_tvl16_k_put(mw_dtype dtype, char *lines, char *halves, size_t r, const void *from)
{
    const uint8_t *block = from;
    const mw_k_parts parts = mw_k_parts_of(dtype);
    const cells cell = cells_of(dtype);
    uint8_t codes[MW_K], lanes[MOST_LANES * LANE];
    for (unsigned h = 0; h < parts.half_bytes / HALF; h++)
        memcpy(halves + (h * R + r) * HALF, block + parts.halves + h * HALF, HALF);
    for (unsigned s = 0; s < parts.scale_bytes; s++)
        lines[s * R + r] = (char)block[parts.scales + s];
    lines += parts.scale_bytes * R;
    mw_k_codes(dtype, block, codes);
    to_lanes(dtype, lanes, codes);
    for (unsigned l = 0; l < MW_K / cell.codes * cell.lanes; l++)
        memcpy(lines + l * LINE + r * LANE, lanes + l * LANE, LANE);
}

void mw_tvl16_k_get(mw_dtype dtype, const char *lines, const char *halves, size_t r, void *to)
{
    uint8_t *block = to;
    const mw_k_parts parts = mw_k_parts_of(dtype);
    const cells cell = cells_of(dtype);
    uint8_t codes[MW_K], lanes[MOST_LANES * LANE];
    for (unsigned h = 0; h < parts.half_bytes / HALF; h++)
        memcpy(block + parts.halves + h * HALF, halves + (h * R + r) * HALF, HALF);
    for (unsigned s = 0; s < parts.scale_bytes; s++)
        block[parts.scales + s] = (uint8_t)lines[s * R + r];
    lines += parts.scale_bytes * R;
    for (unsigned l = 0; l < MW_K / cell.codes * cell.lanes; l++)
        memcpy(lanes + l * LANE, lines + l * LINE + r * LANE, LANE);
    of_lanes(dtype, lanes, codes);
    mw_k_put_codes(dtype, block, codes);
}
