/* The waterfall: what each step is, and that all of them add up. */
#include "bench/why/waterfall.h"
#include "tests/tap.h"

#include <math.h>

static double sum(double ceiling, const double lost[MW_LOST_COUNT])
{
    for (int i = 0; i < MW_LOST_COUNT; i++)
        ceiling += lost[i];
    return ceiling;
}

static bool near(double a, double b)
{
    return fabs(a - b) < 1e-9 * (1 + fabs(b));
}

/* 100 MB, at 20 GB/s 5000 us, at 25 GB/s 4000 us. */
static const mw_token_times usual = {.bytes = 100e6,
                                     .roof_gbs = 20,
                                     .machine_gbs = 25,
                                     .cached_us = 3000,
                                     .matrices_us = 5600,
                                     .attention_us = 420,
                                     .small_us = 130,
                                     .matrix_join_us = 40,
                                     .attention_join_us = 20,
                                     .usual_us = 6100,
                                     .mean_us = 6400,
                                     .fault_us = 100,
                                     .stolen_us = 150};

static void test_memory_bound(void)
{
    double ceiling, lost[MW_LOST_COUNT];
    mw_waterfall(&usual, &ceiling, lost);
    tap_ok(near(ceiling, 4000), "the ceiling: bytes over the machine roof");
    tap_ok(near(lost[MW_LOST_PAGES], 1000), "pages: the roof over them against huge ones");
    tap_ok(lost[MW_LOST_ARITHMETIC] == 0, "arithmetic: hidden behind memory");
    tap_ok(near(lost[MW_LOST_OVERLAP], 5600 - 40 - 5000), "overlap: the rest of the products");
    tap_ok(near(lost[MW_LOST_ATTENTION], 400) && near(lost[MW_LOST_SMALL], 130), "attention and small operations");
    tap_ok(near(lost[MW_LOST_THREADS], 60), "threads: joins of both");
    tap_ok(near(lost[MW_LOST_FAULTS], 100) && near(lost[MW_LOST_STOLEN], 150) && near(lost[MW_LOST_STALLS], 50),
           "the mean above a usual token, by cause");
    tap_ok(near(lost[MW_LOST_REST], 6100 - 5600 - 420 - 130), "the rest may be negative");
    tap_ok(near(sum(ceiling, lost), 6400), "all of it is the mean");
}

static void test_other_cases(void)
{
    double ceiling, lost[MW_LOST_COUNT];
    mw_token_times t = usual;
    t.cached_us = 5400; /* 400 more than reading */
    mw_waterfall(&t, &ceiling, lost);
    tap_ok(near(lost[MW_LOST_ARITHMETIC], 400) && near(lost[MW_LOST_OVERLAP], 5560 - 5000 - 400),
           "arithmetic: what the products take beyond reading");
    tap_ok(near(sum(ceiling, lost), 6400), "and all of it is the mean");
    t.machine_gbs = 0;
    mw_waterfall(&t, &ceiling, lost);
    tap_ok(near(ceiling, 5000) && near(lost[MW_LOST_PAGES], 0) && near(sum(ceiling, lost), 6400),
           "without a machine roof: that of the weights' pages");
}

int main(void)
{
    test_memory_bound();
    test_other_cases();
    return tap_done();
}
