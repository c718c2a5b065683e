/* Rules of suite `why` about the steps of the waterfall. */
#include "bench/why/findings_parts.h"

#include <math.h>
#include <string.h>

/* A step that takes at least `least` of the token, beyond its noise. */
static bool loses(const mw_why_case *c, mw_lost step, double least, mw_why_finding *f)
{
    f->size = c->lost_share[step];
    return f->size >= least && !(c->lost_low[step] <= 0);
}

/* The fastest other variant of this run on as many threads; NAN without one. */
static double faster_variant(const mw_why_case *c, mw_row *best)
{
    const mw_filter f = {.suite = "why", .metric = "tokens_per_s", .threads = c->row.threads, .known = true};
    double rate = c->row.value;
    *best = c->row;
    for (mw_row r = {0}; mw_rows_next(c->results, &f, &r);)
        if (r.value > rate) {
            rate = r.value;
            *best = r;
        }
    return rate > c->row.value ? rate : NAN;
}

/* Whether the kernel, with weights in the cache, is not much faster than memory. Then its arithmetic is what memory
 * does not explain of the products. */
static bool slow_in_cache(const mw_why_case *c)
{
    return c->cached_gbs < 1.5 * c->roof_gbs;
}

/* Both steps of the products are one: a kernel that is slow in the cache overlaps with nothing. */
static bool arithmetic(const mw_why_case *c, mw_why_finding *f)
{
    mw_row best;
    const double rate = faster_variant(c, &best);
    const bool waits = strcmp(c->row.dtype, "f32") == 0 && c->cached_peak < 0.2;
    if (waits)
        WHAT("Kernel %s is limited by latency or by instructions other than arithmetic.", c->row.kernel);
    else
        WHAT("Kernel %s is limited by its arithmetic.", c->row.kernel);
    EVIDENCE("With weights in the cache it processes %.3g GB/s; memory delivers %.3g GB/s.", c->cached_gbs,
             c->roof_gbs);
    if (isfinite(c->cached_peak))
        snprintf(f->evidence + strlen(f->evidence), sizeof f->evidence - strlen(f->evidence),
                 " That is %.2f of the peak of multiply-adds.", c->cached_peak);
    if (rate > 1.05 * c->row.value)
        ADVICE("Use %s: %.2g times as fast here.", best.variant, rate / c->row.value);
    else if (waits)
        ADVICE("More accumulators help if a chain of sums is the reason; --kernel=all compares kernels.");
    else
        ADVICE("Compare kernels with --kernel=all; a dtype that is simpler to unpack (q8_0, bf16) may be as fast.");
    f->size = c->lost_share[MW_LOST_ARITHMETIC] + c->lost_share[MW_LOST_OVERLAP];
    return slow_in_cache(c) && f->size >= 0.05 &&
           !(c->lost_low[MW_LOST_ARITHMETIC] <= 0 && c->lost_low[MW_LOST_OVERLAP] <= 0);
}

static bool overlap(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("Kernel %s does not fully overlap arithmetic with reading.", c->row.kernel);
    EVIDENCE(
        "With weights in the cache it processes %.3g GB/s, a read sweep reaches %.3g GB/s; combined they are slower.",
        c->cached_gbs, c->roof_gbs);
    ADVICE("More streams, or prefetching further ahead%s.",
           strcmp(c->row.layout, "tvl") == 0 ? "" : "; layout tvl is read in one direction");
    return !slow_in_cache(c) && loses(c, MW_LOST_OVERLAP, 0.05, f);
}

static bool pages(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("The pages of the weights are slower to read than huge pages.");
    EVIDENCE("A sweep over them reaches %.3g GB/s, over huge pages %.3g GB/s; %.0f %% of them are huge.", c->roof_gbs,
             c->machine_gbs, 100 * mw_why_value(c, "huge_share", c->row.threads));
    ADVICE("Load them with --load=heap-huge, or let the system use huge pages for the file.");
    return loses(c, MW_LOST_PAGES, 0.03, f);
}

static bool attention(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("Attention takes %.0f %% of a token.", 100 * c->lost_share[MW_LOST_ATTENTION]);
    EVIDENCE("%.0f us, with its keys and values.", c->lost_us[MW_LOST_ATTENTION]);
    ADVICE("It grows with the context: --suite=context measures how.");
    return loses(c, MW_LOST_ATTENTION, 0.05, f);
}

static bool small(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("Norms, rope and other small operations take %.0f %% of a token.", 100 * c->lost_share[MW_LOST_SMALL]);
    EVIDENCE("%.0f us; one thread does them while the others wait.", c->lost_us[MW_LOST_SMALL]);
    ADVICE("They matter for small models only; --suite=profile lists them.");
    return loses(c, MW_LOST_SMALL, 0.05, f);
}

static bool joining(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("Starting and joining %d threads takes %.0f %% of a token.", c->row.threads,
         100 * c->lost_share[MW_LOST_THREADS]);
    EVIDENCE("%.0f us.", c->lost_us[MW_LOST_THREADS]);
    ADVICE("Use fewer threads.");
    return loses(c, MW_LOST_THREADS, 0.03, f);
}

static bool faults(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("Page faults interrupt tokens.");
    EVIDENCE("Tokens with a fault add %.0f us to the mean.", c->lost_us[MW_LOST_FAULTS]);
    ADVICE("Touch the weights first: --load=mmap-populate or heap.");
    return loses(c, MW_LOST_FAULTS, 0.02, f);
}

static bool switches(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("The system interrupts threads in the middle of tokens.");
    EVIDENCE("Tokens with a context switch or a migration add %.0f us to the mean.", c->lost_us[MW_LOST_STOLEN]);
    ADVICE("Stop other programs, or leave one CPU to them.");
    return loses(c, MW_LOST_STOLEN, 0.02, f);
}

static bool stalls(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("Some tokens are slow for reasons that the system does not report.");
    EVIDENCE("They add %.0f us to the mean.", c->lost_us[MW_LOST_STALLS]);
    ADVICE("In a virtual machine, the usual cause is the memory traffic of others on the same host.");
    return loses(c, MW_LOST_STALLS, 0.05, f);
}

static bool unexplained(const mw_why_case *c, mw_why_finding *f)
{
    WHAT("No step explains %.0f %% of the time of a token.", 100 * c->lost_share[MW_LOST_REST]);
    ADVICE("Run it again on a quieter machine, with more --reps.");
    return loses(c, MW_LOST_REST, 0.05, f);
}

const mw_why_rule mw_why_step_rules[] = {
    {"arithmetic", arithmetic},
    {"overlap", overlap},
    {"pages", pages},
    {"attention", attention},
    {"small", small},
    {"threads", joining},
    {"faults", faults},
    {"switches", switches},
    {"stalls", stalls},
    {"unexplained", unexplained},
    {0},
};
