#include "bench/why/findings.h"

#include <stdio.h>

double mw_why_fact(const mw_why_case *c, const char *name)
{
    char pair[64];
    mw_row row;
    snprintf(pair, sizeof pair, "fact=%s", name);
    mw_filter f = {.metric = "fact", .param = pair, .variant = c->row.variant};
    if (!mw_rows_find(c->results, &f, &row)) {
        f.variant = NULL; /* a fact about the system */
        mw_rows_find(c->results, &f, &row);
    }
    return row.value;
}

double mw_why_value(const mw_why_case *c, const char *metric, int threads)
{
    return mw_rows_value(
        c->results,
        &(mw_filter){.suite = "why", .variant = c->row.variant, .metric = metric, .threads = threads, .known = true});
}

bool mw_why_case_of(const mw_csv *results, const char *variant, mw_why_case *c)
{
    const mw_filter all = {.suite = "why", .metric = "tokens_per_s", .variant = variant, .known = true};
    *c = (mw_why_case){.results = results};
    for (mw_row r = {0}; mw_rows_next(results, &all, &r);)
        if (c->row.threads == 0 || r.value > c->row.value)
            c->row = r;
    if (c->row.threads == 0)
        return false;
    const int threads = c->row.threads;
    c->token_us = mw_why_value(c, "token_us", threads);
    c->ceiling_us = mw_why_value(c, "ceiling_us", threads);
    c->roof_gbs = mw_why_value(c, "roof_gbs", threads);
    c->machine_gbs = mw_why_value(c, "machine_roof_gbs", threads);
    c->cached_gbs = mw_why_value(c, "cached_gbs", threads);
    c->cached_peak = mw_why_value(c, "cached_peak_fraction", threads);
    c->token_mb = mw_why_value(c, "token_mb", threads);
    c->ceiling_share = mw_why_value(c, "ceiling_share", threads);
    for (int i = 0; i < MW_LOST_COUNT; i++) {
        char step[32];
        mw_row row;
        snprintf(step, sizeof step, "step=%s", mw_lost_names[i]);
        mw_filter f = {.suite = "why", .metric = "lost_us", .variant = variant, .threads = threads, .param = step};
        c->lost_us[i] = mw_rows_value(results, &f);
        f.metric = "lost_share";
        mw_rows_find(results, &f, &row);
        c->lost_share[i] = row.value;
        c->lost_low[i] = row.low;
    }
    return true;
}
