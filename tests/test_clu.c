/* Cache-line utilization: cases that can be worked out by hand, to the byte. The same numbers on every CPU: those of
 * the NEON kernels hold natively on AArch64 and through SIMDe on x86-64, but that tvl16_neon has twice as many panels
 * in flight on AArch64. */
#include "bench/check/check.h"
#include "bench/clu/clu.h"
#include "kernels/registry.h"
#include "kernels/trace/trace.h"
#include "layouts/layout.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const mw_cache_level usual[] = {{32 << 10, 8, 64}, {256 << 10, 8, 64}, {8 << 20, 16, 64}};
static const mw_cache_level long_lines[] = {{32 << 10, 8, 128}, {256 << 10, 8, 128}, {8 << 20, 16, 128}};
enum { L = 3 };

static const mw_kernel *gemv(const char *name)
{
    mw_error err;
    const mw_kernel *k;
    return mw_kernel_find(MW_OP_GEMV, MW_F32, name, &k, &err) ? NULL : k;
}

static bool measure_kernel(const mw_kernel *k, size_t rows, size_t cols, size_t offset, const mw_cache_level *caches,
                           mw_clu *clu)
{
    mw_error err = {{0}};
    if (mw_clu_measure(k, rows, cols, offset, caches, L, clu, &err) == 0)
        return true;
    tap_ok(false, "%s over %zu x %zu %s: %s", k->name, rows, cols, mw_dtypes[k->dtype].name, err.text);
    return false;
}

/* Of a kernel of f32. */
static bool measure(const char *kernel, size_t rows, size_t cols, size_t offset, const mw_cache_level *caches,
                    mw_clu *clu)
{
    const mw_kernel *k = gemv(kernel);
    return k ? measure_kernel(k, rows, cols, offset, caches, clu) : tap_ok(false, "%s: not there", kernel);
}

static bool near_to(double a, double b)
{
    return fabs(a - b) < 1e-12;
}

/* Whether weights are used to that share at all levels. */
static bool all_levels(const mw_clu *c, double share)
{
    for (int l = 0; l < c->levels; l++)
        if (!near_to(mw_clu_utilization(c, MW_CLU_WEIGHTS, l), share))
            return false;
    return true;
}

/* --- by hand --- */

static void test_worked_example(void) /* of CLU.md */
{
    mw_clu c;
    if (!measure("neon", 2, 24, 28, usual, &c))
        return;
    const mw_region_counts *w = &c.region[MW_CLU_WEIGHTS];
    tap_ok(w->loads == 12 && w->load_bytes == 192 && w->splits == 3 && w->lines == 4,
           "2 x 24 at 28: 12 loads, 3 split, 4 lines: %llu, %llu, %llu", (unsigned long long)w->loads,
           (unsigned long long)w->splits, (unsigned long long)w->lines);
    tap_ok(c.level[MW_CLU_WEIGHTS][0].fills == 4 && c.level[MW_CLU_WEIGHTS][0].used_bytes == 192 &&
               all_levels(&c, 0.75),
           "2 x 24 at 28: 192 of 256 bytes");
    tap_ok(c.region[MW_CLU_OUTPUT].stores == 2 && c.region[MW_CLU_OUTPUT].store_bytes == 8, "two floats of output");
}

static void test_tvl(void)
{
    mw_clu c;
    if (measure("tvl16_neon", 64, 48, 0, usual, &c)) {
        const mw_region_counts *w = &c.region[MW_CLU_WEIGHTS];
        tap_ok(all_levels(&c, 1), "tvl 64 x 48: 1.0 at every level");
        tap_ok(w->loads == 64 * 48 / 4 && w->splits == 0 && w->visits == w->lines && w->lines == 64 * 48 * 4 / 64,
               "tvl: every line once, no split load");
        /* On AArch64 two panels are in flight, and their columns are read in turns, two at a time. */
        const size_t tile = gemv("tvl16_neon")->tile_rows;
        tap_ok(w->longest_run == (tile == 16 ? 64 * 48 * 4 : 2 * 64), "tvl: one forward run a panel in flight: %llu",
               (unsigned long long)w->longest_run);
        tap_ok(c.region[MW_CLU_ACTIVATIONS].loads == 64 / tile * 48, "tvl: x once for the panels in flight");
    }
    if (measure("tvl16_neon", 17, 24, 0, usual, &c))
        tap_ok(all_levels(&c, 17.0 / 32) && c.level[MW_CLU_WEIGHTS][0].fills == 2 * 24,
               "tvl 17 x 24: 17 of 32 rows are weights: %g", mw_clu_utilization(&c, MW_CLU_WEIGHTS, 0));
}

/* A panel of 16 rows by hand: its lines, its bytes that are weights, and those that need not be read. With an odd
 * number of columns half of the last line of 16-bit values is padding, which is read along; with an odd number of
 * groups half of the last line of scales is padding, and no kernel looks there. */
static const struct {
    mw_dtype dtype;
    size_t cols, lines, weights, unread;
} tvl_panels[] = {
    {MW_F32, 51, 51, 51 * 64, 0},
    {MW_BF16, 52, 26, 26 * 64, 0},
    {MW_BF16, 51, 26, 26 * 64 - 32, 0},
    {MW_F16, 52, 26, 26 * 64, 0},
    {MW_F16, 51, 26, 26 * 64 - 32, 0},
    {MW_Q8_0, 128, 4 * 8 + 2, 34 * 64, 0},
    {MW_Q8_0, 96, 3 * 8 + 2, 26 * 64 - 32, 32},
    {MW_Q4_0, 128, 4 * 4 + 2, 18 * 64, 0},
    {MW_Q4_0, 96, 3 * 4 + 2, 14 * 64 - 32, 32},
    {MW_Q4_K, 512, 2 * 36, 2 * 36 * 64, 0},
    {MW_Q5_K, 512, 2 * 44, 2 * 44 * 64, 0},
    {MW_Q6_K, 512, 105, 105 * 64, 0},
    {MW_Q6_K, 768, 105 + 53, 158 * 64 - 32, 32},
};

/* Whether the bytes of all loads are right. Vectors take whole lines, plain C takes value by value: nothing twice.
 * Codes of a block format go through several instructions, and compilers may have each of these load its line anew,
 * from the nearest cache: then it is the least. */
static bool right_loads(const mw_kernel *k, size_t i, size_t panels, uint64_t loaded)
{
    const bool plain = strcmp(k->name, "tvl16_scalar") == 0;
    const size_t bytes = panels * (plain ? tvl_panels[i].weights : tvl_panels[i].lines * 64 - tvl_panels[i].unread);
    return !mw_dtype_in_blocks(k->dtype) ? loaded == bytes : loaded >= bytes;
}

/* However many panels a kernel has in flight, and also where they do not come out even. */
static void test_every_tvl(void)
{
    static const size_t panels[] = {4, 5, 11};
    for (const mw_kernel *const *k = mw_kernels; *k; k++) {
        if ((*k)->op != MW_OP_GEMV || (*k)->layout != MW_LAYOUT_TVL16 || !mw_kernel_supported(*k))
            continue;
        bool ok = true;
        int cases = 0;
        for (size_t i = 0; i < sizeof tvl_panels / sizeof *tvl_panels; i++)
            for (size_t j = 0; j < sizeof panels / sizeof *panels && tvl_panels[i].dtype == (*k)->dtype; j++, cases++) {
                mw_clu c = {0};
                const size_t n = panels[j], lines = tvl_panels[i].lines, cols = tvl_panels[i].cols;
                const bool measured = measure_kernel(*k, n * 16, cols, 0, usual, &c);
                const mw_region_counts *w = &c.region[MW_CLU_WEIGHTS];
                const double share = (double)tvl_panels[i].weights / ((double)lines * 64);
                bool good = measured && all_levels(&c, share) && w->splits == 0 && w->lines == n * lines &&
                            right_loads(*k, i, n, w->load_bytes) && c.level[MW_CLU_WEIGHTS][0].fills == n * lines &&
                            mw_layout_tvl16.bytes((*k)->dtype, n * 16, cols) == n * lines * 64;
                if (!good)
                    tap_note("%zu panels of %zu columns: %llu bytes loaded, %llu lines, %llu splits", n, cols,
                             (unsigned long long)w->load_bytes, (unsigned long long)w->lines,
                             (unsigned long long)w->splits);
                ok &= good;
            }
        tap_ok(ok && cases > 0, "%s %s: lines once, all but padding used at every level, no split load (%d cases)",
               mw_dtypes[(*k)->dtype].name, (*k)->name, cases);
    }
}

static void test_row_major(void)
{
    mw_clu c;
    const double bytes = 64 * 256 * 4;
    if (measure("neon", 64, 256, 28, usual, &c))
        tap_ok(c.region[MW_CLU_WEIGHTS].loads == 4096 && c.region[MW_CLU_WEIGHTS].splits == 1024 &&
                   all_levels(&c, bytes / (1025 * 64)),
               "row-major at 28, 64-byte lines: a quarter of the loads split, 1025 lines");
    if (measure("neon", 64, 256, 28, long_lines, &c))
        tap_ok(c.region[MW_CLU_WEIGHTS].splits == 512 && all_levels(&c, bytes / (513 * 128)),
               "row-major at 28, 128-byte lines: an eighth split, 513 lines");
    if (measure("neon", 64, 256, 0, usual, &c))
        tap_ok(c.region[MW_CLU_WEIGHTS].splits == 0 && all_levels(&c, 1) &&
                   c.region[MW_CLU_WEIGHTS].longest_run == (uint64_t)bytes,
               "row-major on a line: 1.0 as well, and one forward run as well");
    if (measure("scalar", 64, 256, 28, usual, &c))
        tap_ok(c.region[MW_CLU_WEIGHTS].loads == 64 * 256 && c.region[MW_CLU_WEIGHTS].splits == 0 &&
                   c.region[MW_CLU_ACTIVATIONS].loads == 64 * 256,
               "scalar: floats never split; x again for every row");
}

/* 256 columns of 80 rows: five lines from column to column, so that the sets are used evenly. The walk along a row
 * touches 256 lines. */
static void test_colmajor(void)
{
    static const mw_cache_level small[] = {{4 << 10, 4, 64}, {64 << 10, 8, 64}, {1 << 20, 16, 64}};
    mw_clu c;
    if (!measure("colmajor", 80, 256, 0, small, &c))
        return;
    tap_ok(near_to(mw_clu_utilization(&c, MW_CLU_WEIGHTS, 0), 4.0 / 64) && c.level[MW_CLU_WEIGHTS][0].fills == 80 * 256,
           "colmajor, 64 lines of cache: 4 of 64 bytes");
    tap_ok(near_to(mw_clu_utilization(&c, MW_CLU_WEIGHTS, 1), 1) &&
               near_to(mw_clu_utilization(&c, MW_CLU_WEIGHTS, 2), 1),
           "colmajor, 1024 lines of cache and more: 1.0");
    tap_ok(c.region[MW_CLU_WEIGHTS].visits == 80 * 256 && c.region[MW_CLU_WEIGHTS].longest_run == 4,
           "colmajor: every load on another line");
}

static void test_aos(void)
{
    mw_clu c;
    const double stored = (double)mw_layout_aos.bytes(MW_F32, 32, 64) / sizeof(float), needed = 32 * 64;
    if (measure("aos", 32, 64, 0, usual, &c))
        tap_ok(all_levels(&c, needed / stored) && stored > needed, "aos: %g, its padding", needed / stored);
}

static void test_pages(void)
{
    mw_clu c;
    if (!measure("neon", 768, 768, 28, usual, &c)) /* 28 to 2359324: 577 pages of 4 KiB */
        return;
    const uint64_t *p = c.region[MW_CLU_WEIGHTS].pages;
    tap_ok(p[0] == 577 && p[1] == 145 && p[2] == 2,
           "768 x 768 at 28 touches %llu pages of 4 KiB, %llu of 16, %llu of 2 MiB", (unsigned long long)p[0],
           (unsigned long long)p[1], (unsigned long long)p[2]);
}

/* What the machine counts around the timed kernel: here only that it runs, and that what is counted is a difference. */
static void test_counting(void)
{
    mw_error err;
    mw_pool *pool;
    mw_counters *counters;
    mw_counts counts;
    if (!tap_ok(mw_pool_create(1, NULL, NULL, 0, &pool, &err) == 0 && mw_counters_open(pool, &counters, &err) == 0,
                "counters of a pool"))
        return;
    const int rc = mw_clu_count(gemv("neon"), 64, 256, 28, pool, counters, &counts, &err);
    const double refills = counts.of[MW_L1D_REFILLS], instructions = counts.of[MW_INSTRUCTIONS];
    tap_ok(rc == 0 && !(refills < 0) && !(instructions < 64 * 256 / 4), "neon runs between two looks at them");
    tap_ok(mw_clu_count(gemv("neon"), 4, 4, 2, pool, counters, &counts, &err) == -EINVAL, "and not at offset 2: %s",
           err.text);
    mw_counters_close(counters);
    mw_pool_free(pool);
}

static void test_refusals(void)
{
    mw_clu c;
    mw_error err;
    tap_ok(mw_clu_measure(gemv("neon"), 4, 4, 2, usual, L, &c, &err) == -EINVAL, "an offset that splits floats: %s",
           err.text);
    tap_ok(mw_clu_measure(gemv("tvl16_neon"), 16, 4, 28, usual, L, &c, &err) == -EINVAL,
           "an offset that the kernel does not take: %s", err.text);
    tap_ok(mw_clu_measure(gemv("neon"), 4, 4, 4096, usual, L, &c, &err) == -EINVAL, "an offset of a page");
    tap_ok(mw_clu_measure(gemv("neon"), 4, 4, 0, (mw_cache_level[]){{100, 3, 64}}, 1, &c, &err) == -EINVAL,
           "no cache: %s", err.text);
}

int main(void)
{
    if (!mw_traced(mw_kernels[0])) {
        tap_skip("traces", "this build traces no kernels");
        return tap_done();
    }
    test_worked_example();
    test_tvl();
    test_every_tvl();
    test_row_major();
    test_colmajor();
    test_aos();
    test_pages();
    test_counting();
    test_refusals();
    return tap_done();
}
