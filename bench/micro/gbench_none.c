/* A build without Google Benchmark. */
#include "bench/micro/gbench.h"

#include <errno.h>
#include <math.h>

static int unavailable(mw_error *err)
{
    return mw_fail(err, -ENOTSUP,
                   "this build has no Google Benchmark; install it and configure with -Dbenchmark=enabled");
}

int mw_gb_flags(int n, const char *const *flags, mw_error *err)
{
    (void)n, (void)flags;
    return unavailable(err);
}

bool mw_gb_lists(void)
{
    return false;
}

bool mw_gb_displays(void)
{
    return false;
}

int mw_gb_register(const char *name, mw_gb_fn *fn, void *arg, mw_error *err)
{
    (void)name, (void)fn, (void)arg;
    return unavailable(err);
}

bool mw_gb_running(mw_gb_state *state)
{
    (void)state;
    return false;
}

void mw_gb_pause(mw_gb_state *state)
{
    (void)state;
}

void mw_gb_resume(mw_gb_state *state)
{
    (void)state;
}

void mw_gb_counter(mw_gb_state *state, const char *name, double value, mw_gb_kind kind)
{
    (void)state, (void)name, (void)value, (void)kind;
}

void mw_gb_skip(mw_gb_state *state, const char *why)
{
    (void)state, (void)why;
}

double mw_gb_value(const mw_gb_run *run, const char *name)
{
    (void)run, (void)name;
    return NAN;
}

int mw_gb_measure(mw_gb_each_fn *each, void *to, mw_error *err)
{
    (void)each, (void)to;
    return unavailable(err);
}

void mw_gb_forget(void)
{
}
