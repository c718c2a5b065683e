/* Findings: what is in the way of one variant, in plain words. Every rule is a pure function of the rows of a run. */
#ifndef MW_BENCH_FINDINGS_H
#define MW_BENCH_FINDINGS_H

#include "bench/tables/rows.h"
#include "bench/why/waterfall.h"

/* What rules look at: a variant at its fastest thread count. Shares are those of a token's time. */
typedef struct mw_why_case {
    const mw_csv *results;
    mw_row row; /* of metric tokens_per_s */
    double token_us, ceiling_us, ceiling_share;
    double lost_us[MW_LOST_COUNT], lost_share[MW_LOST_COUNT], lost_low[MW_LOST_COUNT]; /* the share's low end, or NAN */
    double roof_gbs, machine_gbs, cached_gbs, cached_peak, token_mb;
} mw_why_case;

typedef struct mw_why_finding {
    const char *name;
    bool harm;   /* the run itself is spoilt: comes before everything else */
    double size; /* part of the token's time, or of whatever the finding is about: for the order */
    char what[160], evidence[200], advice[200];
} mw_why_finding;

enum { MW_MOST_FINDINGS = 32 };

/* The case of a variant; false if it was not measured. */
bool mw_why_case_of(const mw_csv *results, const char *variant, mw_why_case *c);

/* A fact about the variant or the system (facts.c), and a summary row of the case's variant on so many threads: NAN if
 * it is not known, so that no comparison with it holds. */
double mw_why_fact(const mw_why_case *c, const char *name);
double mw_why_value(const mw_why_case *c, const char *metric, int threads);

/* Goes through all rules; fills found[], the gravest first. Returns how many. */
size_t mw_why_findings(const mw_why_case *c, mw_why_finding found[MW_MOST_FINDINGS]);

#endif
