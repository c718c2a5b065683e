/* The judges of the claims, one each, in the order of the list. */
#ifndef MW_BENCH_JUDGES_H
#define MW_BENCH_JUDGES_H

#include "bench/claims/claims.h"

#define MW_JUDGE(name) void mw_judge_##name(const mw_evidence *evidence, mw_finding *finding)

/* judge_source.c: the published source and published numbers */
MW_JUDGE(roofline);
MW_JUDGE(accumulators);
MW_JUDGE(column_major);
MW_JUDGE(intensity);
MW_JUDGE(energy);
MW_JUDGE(int4);

/* judge_speed.c: times on this machine */
MW_JUDGE(speedup);
MW_JUDGE(tail);
MW_JUDGE(beam);
MW_JUDGE(rmsnorm);
MW_JUDGE(soak);
MW_JUDGE(pytorch);
MW_JUDGE(misaligned);

/* judge_start.c: loading and the first token */
MW_JUDGE(loading);
MW_JUDGE(turn_taking);

/* judge_model.c: what is counted or computed */
MW_JUDGE(utilization);
MW_JUDGE(alignment);
MW_JUDGE(perplexity);

/* Figures of the paper are rounded, and machines of one kind differ: what is within a tenth of a figure agrees. */
#define MW_LESS_A_TENTH 0.9
#define MW_MORE_A_TENTH 1.1

/* The verdict from whether the claim holds, and whether a part of it does. */
static inline mw_verdict mw_verdict_of(bool holds, bool in_part)
{
    return holds ? MW_HOLDS : in_part ? MW_HOLDS_IN_PART : MW_DOES_NOT_HOLD;
}

#endif
