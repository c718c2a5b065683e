/* A build without Google Benchmark: mw_gb_flags fails, and nothing else is called with effect. */
#include "bench/micro/gbench.h"

#include <errno.h>

int mw_gb_flags(int n, const char *const *flags, mw_error *err)
{
    (void)n, (void)flags;
    return mw_fail(err, -ENOTSUP,
                   "this build has no Google Benchmark; install it and configure with -Dbenchmark=enabled");
}

bool mw_gb_displays(void)
{
    return false;
}

bool mw_gb_running(mw_gb_state *state)
{
    (void)state;
    return false;
}

void mw_gb_counter(mw_gb_state *state, const char *name, double value, mw_gb_kind kind)
{
    (void)state, (void)name, (void)value, (void)kind;
}

void mw_gb_skip(mw_gb_state *state, const char *why)
{
    (void)state, (void)why;
}

int mw_gb_measure(const mw_gb_benchmark *first, mw_gb_each_fn *each, mw_error *err)
{
    (void)first, (void)each;
    return mw_gb_flags(0, NULL, err);
}
