#include "bench/why/peer_findings.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Roof fractions from which memory is what is in the way, and within which two programs behave alike. */
static const double AT_THE_ROOF = 0.85, ALIKE = 0.15;

bool mw_next_peer(const mw_csv *results, mw_row *peer)
{
    return mw_rows_next(
        results,
        &(mw_filter){.suite = "peers", .metric = "tokens_per_s", .phase = "steady", .kernel = "peer", .known = true},
        peer);
}

static double share_of(const mw_csv *results, const mw_row *row)
{
    const mw_filter f = {.suite = "peers", .metric = "roof_fraction", .variant = row->variant, .threads = row->threads};
    return mw_rows_value(results, &f);
}

/* Our variant whose rate is closest to the peer's, and the fastest one, on as many threads. */
static void ours(const mw_csv *results, const mw_row *peer, mw_row *closest, mw_row *fastest)
{
    const mw_filter all = {.suite = "peers", .metric = "tokens_per_s", .phase = "steady", .known = true};
    *closest = *fastest = (mw_row){.variant = "", .value = NAN};
    for (mw_row r = {0}; mw_rows_next(results, &all, &r);) {
        if (strcmp(r.kernel, "peer") == 0 || (peer->threads && r.threads != peer->threads))
            continue;
        if (!(fabs(log(r.value / peer->value)) >= fabs(log(closest->value / peer->value))))
            *closest = r;
        if (!(r.value <= fastest->value))
            *fastest = r;
    }
}

void mw_peer_finding(const mw_csv *results, const mw_row *peer, mw_why_finding *f)
{
    mw_row closest, fastest;
    const double share = share_of(results, peer);
    ours(results, peer, &closest, &fastest);
    const bool alike = fabs(log(closest.value / peer->value)) < ALIKE,
               best = strcmp(closest.variant, fastest.variant) == 0;
    *f = (mw_why_finding){.name = "peer", .size = 1 - share};
    if (isfinite(share))
        snprintf(f->what, sizeof f->what, "%s: %.1f tokens/s, %.2f of the roof over its file.", peer->variant,
                 peer->value, share);
    else /* it was not given a file whose pages could be swept */
        snprintf(f->what, sizeof f->what, "%s: %.1f tokens/s; its share of the roof is not known.", peer->variant,
                 peer->value);
    if (isfinite(closest.value))
        snprintf(f->evidence, sizeof f->evidence, "Closest variant of memwall: %s with %.1f, %.2f of the roof.",
                 closest.variant, closest.value, share_of(results, &closest));
    if (share >= AT_THE_ROOF)
        snprintf(f->advice, sizeof f->advice, "Memory is its limit: only fewer bytes per token help.");
    else if (alike && !best)
        snprintf(f->advice, sizeof f->advice, "It behaves like that kernel: arithmetic is its limit. %s reaches %.1f.",
                 fastest.variant, fastest.value);
    else if (fastest.value > peer->value)
        snprintf(f->advice, sizeof f->advice, "%s%s reaches %.1f tokens/s here.",
                 isfinite(share) ? "Memory is not its limit: " : "", fastest.variant, fastest.value);
    else
        snprintf(f->advice, sizeof f->advice, "No kernel of memwall is faster; --kernel=all compares more of them.");
}
