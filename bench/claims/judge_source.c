/* Judges of claims that rest on the published source, or on arithmetic with published numbers. */
#include "bench/claims/evidence.h"
#include "bench/claims/judges.h"
#include "bench/tables/rows.h"

#include <math.h>
#include <stdio.h>

static void say(mw_finding *f, const char *measure, const char *unit, double value, uint64_t n, const char *provenance)
{
    f->measure = measure;
    f->unit = unit;
    f->value = value;
    f->n = n;
    f->provenance = provenance;
}

void mw_judge_roofline(const mw_evidence *e, mw_finding *f)
{
    const double published = mw_fact_of(e->facts, "neon_tokens_per_s"),
                 mb = mw_fact_of(e->facts, "megabytes_per_token");
    const double best = mw_fact_of(e->facts, "best_tokens_per_s"), pi5 = mw_fact_of(e->facts, "pi5_gbs");
    const double wanted_gbs = mw_fact_of(e->facts, "wanted_tokens_per_s") * mb * 1e-3;
    const bool is_roof = published >= MW_LESS_A_TENTH * best, carries = pi5 >= MW_LESS_A_TENTH * wanted_gbs;
    say(f, "published tokens/s over the best published for one thread of that chip", "1", published / best, 1,
        "published");
    f->verdict = mw_verdict_of(is_roof && carries, is_roof || carries);
    mw_finding_note(f, "%.1f tokens/s read %.1f GB/s of the part's %.0f, and one thread of it was published at %.0f",
                    published, published * mb * 1e-3, mw_fact_of(e->facts, "part_gbs"), best);
    mw_finding_note(f, "a Raspberry Pi 5 reads at most %.1f GB/s, %.0f tokens/s take %.1f", pi5,
                    mw_fact_of(e->facts, "wanted_tokens_per_s"), wanted_gbs);
    const mw_query roofs[] = {
        {.suite = "decode", .phase = "steady", .metric = "roof_fraction", .variant = "neon", .threads = "1"},
        {.suite = "decode", .phase = "steady", .metric = "roof_fraction", .variant = "tvl", .threads = "1"},
    };
    char *const *neon = mw_evidence_row(e, &roofs[0]), *const *tvl = mw_evidence_row(e, &roofs[1]);
    if (mw_row_of_paper(neon) && mw_row_of_paper(tvl))
        mw_finding_note(f,
                        "one thread of %.60s: one accumulator reaches %.2f of what it can read, the tiled kernel %.2f",
                        neon[MW_RESULTS_cpu] ? neon[MW_RESULTS_cpu] : "this machine", mw_figure_of(neon).value,
                        mw_figure_of(tvl).value);
}

void mw_judge_accumulators(const mw_evidence *e, mw_finding *f)
{
    const double accumulators = mw_fact_of(e->facts, "accumulators"), unrolled = mw_fact_of(e->facts, "unrolled_by");
    say(f, "accumulators in the published loop", "1", accumulators, 1, "artifact");
    f->verdict = mw_verdict_of(accumulators >= 4 && unrolled >= 4, accumulators >= 4 || unrolled >= 4);
    mw_finding_note(f, "kernel neon is that loop, neon4 the one described");
    mw_query q = {.suite = "micro", .metric = "bandwidth_gbs", .kernel = "neon4", .param = {"weights=cache"}};
    char *const *four = mw_evidence_row(e, &q);
    char value[48], matrix[64];
    if (!four || !mw_param_copy(four[MW_RESULTS_param], "matrix", value, sizeof value))
        return;
    snprintf(matrix, sizeof matrix, "matrix=%s", value);
    q.kernel = "neon";
    q.param[1] = matrix;
    q.beside = four;
    const mw_figure one = mw_evidence_figure(e, &q);
    if (isfinite(one.value))
        mw_finding_note(f, "on %s, cached weights: %.1f GB/s with four, %.1f with one", four[MW_RESULTS_arch],
                        mw_figure_of(four).value, one.value);
}

void mw_judge_column_major(const mw_evidence *e, mw_finding *f)
{
    const bool columns = mw_fact_of(e->facts, "column_major") > 0;
    const bool arrays = mw_fact_of(e->facts, "structure_of_arrays") > 0;
    say(f, "of the two, what the published loop does", "1", columns + arrays, 2, "artifact");
    f->verdict = mw_verdict_of(columns && arrays, columns || arrays);
    mw_finding_note(f, "layout tvl with kernel tvl16_neon is what the text describes");
}

void mw_judge_intensity(const mw_evidence *e, mw_finding *f)
{
    f->measure = "FLOP a byte of f32 GEMV, from the op table";
    f->unit = "FLOP/byte";
    const mw_query q = {.suite = "claims", .metric = "flop_per_byte", .param = {"op=gemv"}};
    char *const *row = mw_evidence_row(e, &q);
    if (!mw_finding_take(f, row, mw_figure_of(row), false))
        return;
    const bool two = f->value >= 2 * MW_LESS_A_TENTH && f->value <= 2 * MW_MORE_A_TENTH;
    /* whether a CPU waits for its memory: its own peak, one thread, against what decoding computes */
    const mw_query of_peak = {.metric = "peak_gflops", .variant = "tvl", .threads = "1"};
    char *const *peak = mw_evidence_row(e, &of_peak);
    const mw_query of_rate = {
        .phase = "steady", .metric = "bandwidth_gbs", .variant = "tvl", .threads = "1", .beside = peak};
    const double gbs = peak ? mw_evidence_figure(e, &of_rate).value : NAN;
    const double starved = 1 - f->value * gbs / mw_figure_of(peak).value;
    mw_finding_note(f, "the 3,000 GFLOP/s of the 93 %% are not those of this CPU's NEON");
    if (isfinite(starved))
        mw_finding_note(f, "of the measured peak of one thread (%.0f GFLOP/s, %s) decoding leaves %.0f %% unused",
                        mw_figure_of(peak).value, peak[MW_RESULTS_arch], 100 * starved);
    if (!isfinite(starved) || !mw_row_of_arm(peak) || !mw_row_of_paper(peak)) {
        f->verdict = mw_verdict_of(two, false);
        mw_finding_note(f, "no peak of an AArch64 machine was measured");
        return;
    }
    f->verdict = mw_verdict_of(two && starved >= 0.93 * MW_LESS_A_TENTH, two || starved >= 0.93 * MW_LESS_A_TENTH);
}

void mw_judge_energy(const mw_evidence *e, mw_finding *f)
{
    const double watts = mw_fact_of(e->facts, "watts"), rate = mw_fact_of(e->facts, "neon_tokens_per_s");
    const double mj = 1e3 * watts / rate, paper = 25.3;
    say(f, "energy a token at the published rate", "mJ", mj, 1, "published");
    f->verdict = mw_verdict_of(mj <= paper * MW_MORE_A_TENTH, mj <= 2 * paper);
    mw_finding_note(f,
                    "%.0f W over %.1f tokens/s; the paper divides by %.0f tokens/s, more than it measured for anything",
                    watts, rate, mw_fact_of(e->facts, "energy_tokens_per_s"));
}

void mw_judge_int4(const mw_evidence *e, mw_finding *f)
{
    const double bits = mw_fact_of(e->facts, "int4_bits") +
                        mw_fact_of(e->facts, "int4_scale_bits") / mw_fact_of(e->facts, "int4_group");
    say(f, "bytes of f32 weights over bytes of four-bit weights with a scale for each 32", "1", 32 / bits, 1,
        "modelled");
    f->verdict = mw_verdict_of(fabs(f->value / 2 - 1) <= 0.1, f->value > 2);
    mw_finding_note(
        f,
        "%.1f bits a weight; more than twice the speed wants a kernel that stays bound by memory, which nobody "
        "measured",
        bits);
}
