/* Judges of claims that rest on the published source, or on arithmetic with published numbers. */
#include "bench/claims/judges.h"

#include <math.h>
#include <stdio.h>

MW_JUDGE(roofline)
{
    const double published = mw_fact_of(e->facts, "neon_tokens_per_s"),
                 best = mw_fact_of(e->facts, "best_tokens_per_s"), wanted = mw_fact_of(e->facts, "wanted_tokens_per_s");
    const double gb = 1e-3 * mw_fact_of(e->facts, "megabytes_per_token"), pi5 = mw_fact_of(e->facts, "pi5_gbs");
    const bool is_roof = published >= MW_LESS_A_TENTH * best, carries = pi5 >= MW_LESS_A_TENTH * wanted * gb;
    f->unit = "1";
    f->row.value = published / best;
    mw_finding_note(
        f, "%.1f tokens/s read %.1f GB/s of the part's %.0f, and one thread of it was published at %.0f tokens/s",
        published, published * gb, mw_fact_of(e->facts, "part_gbs"), best);
    mw_finding_note(f, "a Raspberry Pi 5 reads at most %.1f GB/s, but %.0f tokens/s need %.1f", pi5, wanted,
                    wanted * gb);
    mw_filter roof = {.suite = "decode", .phase = "steady", .metric = "roof_fraction", .variant = "neon", .threads = 1};
    const mw_row neon = mw_evidence_row(e, &roof);
    roof.variant = "tvl";
    const mw_row tvl = mw_evidence_row(e, &roof);
    if (mw_evidence_of_paper(&neon) && mw_evidence_of_paper(&tvl))
        mw_finding_note(
            f,
            "on one thread of %.60s, one accumulator reaches %.2f of what the thread can read, the tiled kernel %.2f",
            *neon.cpu ? neon.cpu : "this machine", neon.value, tvl.value);
    return mw_verdict_of(is_roof && carries, is_roof || carries);
}

MW_JUDGE(accumulators)
{
    const double accumulators = mw_fact_of(e->facts, "accumulators"), unrolled = mw_fact_of(e->facts, "unrolled_by");
    char matrix[48], param[80];
    f->row.value = accumulators;
    mw_finding_note(f, "kernel neon is that loop, neon4 the one described");
    const mw_row four = mw_evidence_row(
        e, &(mw_filter){.suite = "micro", .metric = "bandwidth_gbs", .kernel = "neon4", .param = "weights=cache"});
    if (mw_param_copy(four.param, "matrix", matrix, sizeof matrix)) {
        snprintf(param, sizeof param, "weights=cache;matrix=%s", matrix);
        const double one = mw_evidence_near(e, &four, (mw_filter){.kernel = "neon", .param = param}).value;
        if (isfinite(one))
            mw_finding_note(f, "on %s, cached weights: %.1f GB/s with four, %.1f with one", four.arch, four.value, one);
    }
    return mw_verdict_of(accumulators >= 4 && unrolled >= 4, accumulators >= 4 || unrolled >= 4);
}

MW_JUDGE(column_major)
{
    const bool columns = mw_fact_of(e->facts, "column_major") > 0,
               arrays = mw_fact_of(e->facts, "structure_of_arrays") > 0;
    f->row.value = columns + arrays;
    f->row.n = 2;
    mw_finding_note(f, "layout tvl with kernel tvl16_neon is what the text describes");
    return mw_verdict_of(columns && arrays, columns || arrays);
}

MW_JUDGE(intensity)
{
    /* how much of its own peak a thread leaves unused while it decodes */
    const mw_row peak = mw_evidence_row(e, &(mw_filter){.metric = "peak_gflops", .variant = "tvl", .threads = 1});
    const mw_filter of_rate = {
        .run_id = peak.run_id, .phase = "steady", .metric = "bandwidth_gbs", .variant = "tvl", .threads = 1};
    const double starved = 1 - f->row.value * mw_evidence_row(e, &of_rate).value / peak.value;
    const bool two = fabs(f->row.value / 2 - 1) <= 0.1, starves = starved >= 0.93 * MW_LESS_A_TENTH;
    if (isfinite(starved))
        mw_finding_note(f, "decoding leaves %.0f %% of the measured peak of one thread unused (%.0f GFLOP/s, %s)",
                        100 * starved, peak.value, peak.arch);
    if (isfinite(starved) && mw_evidence_of_arm(&peak) && mw_evidence_of_paper(&peak))
        return mw_verdict_of(two && starves, two || starves);
    mw_finding_note(f, "no peak of an AArch64 machine was measured");
    return mw_verdict_of(two, false);
}

MW_JUDGE(energy)
{
    const double watts = mw_fact_of(e->facts, "watts"), rate = mw_fact_of(e->facts, "neon_tokens_per_s"), paper = 25.3;
    f->row.value = 1e3 * watts / rate;
    mw_finding_note(f,
                    "%.0f W over %.1f tokens/s; the paper divides by %.0f tokens/s, more than it measured for anything",
                    watts, rate, mw_fact_of(e->facts, "energy_tokens_per_s"));
    return mw_verdict_of(f->row.value <= paper * MW_MORE_A_TENTH, f->row.value <= 2 * paper);
}

MW_JUDGE(int4)
{
    const double bits = mw_fact_of(e->facts, "int4_bits") +
                        mw_fact_of(e->facts, "int4_scale_bits") / mw_fact_of(e->facts, "int4_group");
    f->row.value = 32 / bits;
    mw_finding_note(
        f, "%.1f bits per weight; twice the speed takes a kernel that stays bound by memory, which nobody measured",
        bits);
    return mw_verdict_of(fabs(f->row.value / 2 - 1) <= 0.1, f->row.value > 2);
}
