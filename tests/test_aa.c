/* The whole chain from blocks to a verdict must call equal things different in about 5 % of cases, not more and not
 * much less: an interval that is never wrong is too wide. */
#include "bench/aa/aa.h"
#include "tests/tap.h"

#include <errno.h>
#include <stdlib.h>

static size_t sets = 1000;

static void check(const mw_aa_design *d)
{
    mw_aa_rate r;
    const int rc = mw_aa_synthetic(d, sets, 1, &r);
    const double rate = (double)r.different / (double)sets;
    const bool inside = sets == 1000 ? rate >= 0.03 && rate <= 0.08 : r.low <= 0.08 && r.high >= 0.03;
    char rule[64] = "";
    if (d->precision > 0)
        snprintf(rule, sizeof rule, ", on to %.0f %% or %zu", 100 * d->precision, d->most_processes);
    tap_ok(rc == 0 && inside && r.sets == sets && r.low < rate && r.high > rate,
           "%zu processes%s, %zu blocks: different %.1f %% [%.1f, %.1f]", d->processes, rule, d->blocks, 100 * rate,
           100 * r.low, 100 * r.high);
}

static void check_edges(void)
{
    mw_aa_rate a, b;
    const mw_aa_design d = {.processes = 5, .blocks = 4};
    mw_aa_synthetic(&d, 200, 1, &a);
    mw_aa_synthetic(&d, 200, 1, &b);
    tap_ok(a.different == b.different && a.low == b.low && a.high == b.high, "same seed, same result");
    bool other = false;
    for (uint64_t seed = 2; seed < 12; seed++) {
        mw_aa_synthetic(&d, 200, seed, &b);
        other |= a.different != b.different;
    }
    tap_ok(other, "another seed, other sets");
    tap_ok(mw_aa_synthetic(&(mw_aa_design){.processes = 1, .blocks = 4}, 10, 1, &a) == -EINVAL &&
               mw_aa_synthetic(&(mw_aa_design){.processes = 5}, 10, 1, &a) == -EINVAL &&
               mw_aa_synthetic(&d, 0, 1, &a) == -EINVAL && a.sets == 0 && a.different == 0,
           "nothing to draw is refused");
}

int main(void)
{
    if (getenv("MEMWALL_TEST_QUICK")) {
        sets = 150;
        tap_note("MEMWALL_TEST_QUICK: 150 sets instead of 1,000; their interval has to reach 3 to 8 %%");
    }
    const size_t few[] = {5, 6, 8}, blocks[] = {3, 4, 8, 16};
    for (int i = 0; i < 3; i++)
        for (int k = 0; k < 4; k++)
            check(&(mw_aa_design){.processes = few[i], .blocks = blocks[k]});
    for (int k = 0; k < 4; k++) {
        check(&(mw_aa_design){.processes = 24, .blocks = blocks[k]});
        for (int per_cent = 1; per_cent <= 2; per_cent++)
            check(&(mw_aa_design){
                .processes = 5, .blocks = blocks[k], .precision = 0.01 * per_cent, .most_processes = 40});
    }
    check_edges();
    return tap_done();
}
