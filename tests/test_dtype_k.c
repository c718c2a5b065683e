/* The K formats: values by their definition, and what becomes of floats. The bytes that GGUF's reference quantizers
 * make of the same floats are known by their hash. */
#include "bench/stats/random.h"
#include "kernels/dtype_k.h"
#include "tests/tap.h"

#include <math.h>
#include <string.h>

enum { KINDS = 10, BLOCKS = 200 * KINDS };

/* Floats of one super-block, of a kind that quantizers may treat in a way of its own. */
static void make_up(float x[MW_K], int kind, uint64_t *seed)
{
    const double size = ldexp(1, (int)(mw_draw(seed) % 24) - 12);
    for (int i = 0; i < MW_K; i++) {
        const uint64_t r = mw_draw(seed);
        const double u = (double)(r >> 11) * 0x1p-53 * 2 - 1;
        double v = u * size;
        switch (kind) {
        case 1: v = fabs(v); break;                             /* no minimum */
        case 2: v = -fabs(v) - size; break;                     /* nothing is positive */
        case 3: v *= r % 8 ? 0.01 : 20; break;                  /* outliers */
        case 4: v = i / 16 % 3 ? v : 0; break;                  /* groups of zeros */
        case 5: v = size; break;                                /* all are equal */
        case 6: v = (double)((int)(r % 31) - 15) * size; break; /* halfway between codes */
        case 7: v = u * 6e-8; break;                            /* scales that f16 hardly holds */
        case 8: v = ldexp(u, (int)(r % 20) - 140); break;       /* none that are below f16 */
        case 9: v = ldexp(u, i / 32 % 2 ? -20 : 3); break;      /* groups of very different size */
        default: break;
        }
        x[i] = (float)v;
    }
}

/* FNV-1a. */
static uint64_t hash(uint64_t h, const uint8_t *bytes, size_t n)
{
    for (size_t i = 0; i < n; i++)
        h = (h ^ bytes[i]) * 0x100000001b3u;
    return h;
}

static void check_bytes(mw_dtype d, uint64_t wanted)
{
    uint64_t seed = 11, h = 0xcbf29ce484222325u;
    for (int b = 0; b < BLOCKS; b++) {
        float x[MW_K];
        uint8_t block[MW_MOST_BLOCK_BYTES];
        make_up(x, b % KINDS, &seed);
        mw_dtypes[d].of_floats(block, x, MW_K);
        h = hash(h, block, mw_dtypes[d].block_bytes);
    }
    tap_ok(h == wanted, "%s: %d blocks are those of GGUF's reference quantizer (hash %016llx)", mw_dtypes[d].name,
           BLOCKS, (unsigned long long)h);
}

/* How far a value is off, in steps of the codes: scales are rounded as well, and the best fit may cut off ends. */
static void check_rounding(mw_dtype d, double codes)
{
    uint64_t seed = 5;
    double worst = 0;
    for (int b = 0; b < 100; b++) {
        float x[MW_K], back[MW_K], most = 0, least = 0;
        uint8_t block[MW_MOST_BLOCK_BYTES];
        make_up(x, 0, &seed);
        mw_dtypes[d].of_floats(block, x, MW_K);
        mw_dtypes[d].to_floats(back, block, MW_K);
        for (int i = 0; i < MW_K; i++) {
            most = x[i] > most ? x[i] : most;
            least = x[i] < least ? x[i] : least;
        }
        for (int i = 0; i < MW_K; i++) { /* fmax here crashes gcc 12 for AArch64 at -O3 */
            const double off = fabs((double)back[i] - (double)x[i]) / (double)(most - least) * codes;
            worst = off > worst ? off : worst;
        }
    }
    tap_ok(worst > 0.4 && worst < 2.5, "%s: a value is off by %.2f steps at most", mw_dtypes[d].name, worst);
}

static double half(const uint8_t *at)
{
    return (double)mw_float_of_f16((uint16_t)(at[0] | at[1] << 8));
}

/* Value j of a block, by definition, each operation rounded to a float. */
static float value_of(mw_dtype d, const uint8_t *block, unsigned j)
{
    const unsigned g = j / 32, c = j % 32;
    if (d == MW_Q6_K) {
        const int low = block[j / 128 * 64 + j % 64] >> (j % 128 < 64 ? 0 : 4) & 15;
        const int code = (low | (block[128 + j / 128 * 32 + c] >> g % 4 * 2 & 3) << 4) - 32;
        return (float)(half(block + 208) * (int8_t)block[192 + j / 16]) * (float)code;
    }
    const uint8_t *z = block + 4, *low = block + (d == MW_Q4_K ? 16 : 48);
    const unsigned nibble = low[j / 64 * 32 + c] >> g % 2 * 4 & 15, fifth = d == MW_Q5_K ? block[16 + c] >> g & 1 : 0;
    const unsigned scale = g < 4 ? z[g] % 64 : z[g + 4] % 16 + z[g - 4] / 64 * 16;
    const unsigned minimum = g < 4 ? z[g + 4] % 64 : z[g + 4] / 16 + z[g] / 64 * 16u;
    const float product = (float)(half(block) * scale) * (float)(nibble + 16 * fifth);
    return product - (float)(half(block + 2) * minimum);
}

static void check_values(mw_dtype d)
{
    const size_t bytes = mw_dtypes[d].block_bytes, halves = d == MW_Q6_K ? 208 : 0;
    uint64_t seed = 3;
    unsigned good = 0, finite = 0;
    for (int b = 0; b < 200; b++) {
        uint8_t block[MW_MOST_BLOCK_BYTES], codes[MW_K], again[MW_MOST_BLOCK_BYTES];
        float x[MW_K];
        bool same = true;
        for (size_t i = 0; i < bytes; i++)
            block[i] = (uint8_t)(mw_draw(&seed) >> 20);
        block[halves + 1] &= 0xbf; /* finite */
        block[3] &= d == MW_Q6_K ? 0xff : 0xbf;
        mw_dtypes[d].to_floats(x, block, MW_K);
        for (unsigned j = 0; j < MW_K; j++)
            same &= x[j] == value_of(d, block, j);
        memcpy(again, block, bytes);
        mw_k_codes(d, block, codes);
        mw_k_put_codes(d, again, codes);
        good += same && memcmp(again, block, bytes) == 0;
        finite += mw_dtypes[d].finite(block, MW_K);
        block[halves + 1] |= 0x7c;
        finite -= mw_dtypes[d].finite(block, MW_K);
        block[halves + 1] &= 0xbf;
        block[3] |= 0x7c; /* of dmin; of codes in q6_K */
        finite -= mw_dtypes[d].finite(block, MW_K) && d != MW_Q6_K;
    }
    tap_ok(good == 200, "%s: %u of 200 blocks have their values, and codes come back", mw_dtypes[d].name, good);
    tap_ok(finite == 200, "%s: a scale that is not finite is found", mw_dtypes[d].name);
}

int main(void)
{
    static const struct {
        mw_dtype dtype;
        double codes;
        uint64_t hash;
    } formats[] = {
        {MW_Q4_K, 15, 0xec00d6e3e013e404u}, {MW_Q5_K, 31, 0x47bdf6c83d1db441u}, {MW_Q6_K, 63, 0xf9a19b40429a8d99u}};
    for (int f = 0; f < 3; f++) {
        check_values(formats[f].dtype);
        check_rounding(formats[f].dtype, formats[f].codes);
        check_bytes(formats[f].dtype, formats[f].hash);
    }
    return tap_done();
}
