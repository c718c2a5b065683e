/* The judges of the claims, and what they share. */
#ifndef MW_BENCH_JUDGES_H
#define MW_BENCH_JUDGES_H

#include "bench/claims/claims.h"

/* --- rows as evidence (evidence.c) --- */

/* The best row of a run that the filter lets through and that has a value: one from a real AArch64 machine before one
 * from elsewhere, and that before an emulated one; else the first. Without one, its value is NAN. */
mw_row mw_evidence_row(const mw_evidence *evidence, const mw_filter *filter);

/* A row of the same run as `row`. Where the filter asks for no suite, metric, variant, number of threads or param, it
 * has those of `row`. */
mw_row mw_evidence_near(const mw_evidence *evidence, const mw_row *row, mw_filter filter);

/* `a` with the ratio a / b for its value. The interval reaches from one pair of ends to the other, so it covers the
 * ratio at least 90 % of the time. */
mw_row mw_evidence_ratio(mw_row a, const mw_row *b);

/* Whether a row is about the paper's model; whether it was measured on a real AArch64 machine. */
bool mw_evidence_of_paper(const mw_row *row);
bool mw_evidence_of_arm(const mw_row *row);

/* Where rows of a suite come from; NULL if nobody knows. */
const mw_evidence_source *mw_evidence_source_of(const mw_evidence *evidence, const char *suite, const char *run_id);

/* Adds a sentence to a finding. */
__attribute__((format(printf, 2, 3))) void mw_finding_note(mw_finding *finding, const char *format, ...);

/* The verdict from whether the claim holds, and whether a part of it does. */
static inline mw_verdict mw_verdict_of(bool holds, bool in_part)
{
    return holds ? MW_HOLDS : in_part ? MW_HOLDS_IN_PART : MW_DOES_NOT_HOLD;
}

/* Figures of the paper are rounded, and machines of one kind differ: what is within a tenth of a figure agrees. */
#define MW_LESS_A_TENTH 0.9
#define MW_MORE_A_TENTH 1.1

/* --- one judge per claim --- */

#define MW_JUDGE(name) mw_verdict mw_judge_##name(const mw_evidence *e, mw_finding *f)

MW_JUDGE(roofline); /* judge_source.c: the published source and published numbers */
MW_JUDGE(accumulators);
MW_JUDGE(column_major);
MW_JUDGE(intensity);
MW_JUDGE(energy);
MW_JUDGE(int4);
MW_JUDGE(utilization); /* judge_model.c: what is counted or computed */
MW_JUDGE(alignment);
MW_JUDGE(perplexity);
MW_JUDGE(speedup); /* judge_speed.c: times on this machine */
MW_JUDGE(loading);
MW_JUDGE(tail);
MW_JUDGE(turn_taking);
MW_JUDGE(beam);
MW_JUDGE(rmsnorm);
MW_JUDGE(soak);
MW_JUDGE(pytorch);
MW_JUDGE(misaligned);

#endif
