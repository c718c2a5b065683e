/* Judges of claims about times. */
#include "bench/claims/evidence.h"
#include "bench/claims/judges.h"

#include <math.h>
#include <string.h>

static mw_query steady(const char *metric, const char *variant, char *const *beside)
{
    return (mw_query){
        .suite = "decode", .phase = "steady", .metric = metric, .variant = variant, .threads = "1", .beside = beside};
}

void mw_judge_speedup(const mw_evidence *e, mw_finding *f)
{
    f->measure = "scalar token time over NEON token time, paired, one thread";
    f->unit = "1";
    mw_query q = steady("speedup", "neon", NULL);
    q.param[0] = "against=scalar";
    char *const *row = mw_evidence_row(e, &q);
    if (!mw_finding_take(f, row, mw_figure_of(row), true))
        return;
    f->verdict = mw_verdict_of(f->ci.low >= 2.5 * MW_LESS_A_TENTH, f->ci.low > 1);
    q = steady("speedup", "autovec/rowmajor/heap", row);
    q.param[0] = "against=scalar";
    const mw_figure autovec = mw_evidence_figure(e, &q);
    if (isfinite(autovec.value))
        mw_finding_note(f, "against plain -O3, which may vectorize but not reorder a sum: %.2f",
                        f->value / autovec.value);
}

void mw_judge_tail(const mw_evidence *e, mw_finding *f)
{
    enum { ENOUGH = 368 };
    f->measure = "P99 over P50 of token times, tvl, one thread; ends of both intervals";
    f->unit = "1";
    const mw_query q99 = steady("itl_p99_us", "tvl", NULL);
    char *const *p99 = mw_evidence_row(e, &q99);
    const mw_query q50 = steady("itl_p50_us", "tvl", p99);
    const mw_figure ratio = mw_figure_ratio(mw_figure_of(p99), p99 ? mw_evidence_figure(e, &q50) : mw_figure_of(NULL));
    mw_finding_note(f, "the published one comes from %.0f tokens, and a two-sided interval of P99 takes %d",
                    mw_fact_of(e->facts, "tokens_counted"), ENOUGH);
    if (!mw_finding_take(f, p99, ratio, true))
        return;
    const double most = mw_fact_of(e->facts, "token_p99_ratio") * MW_MORE_A_TENTH;
    f->verdict = mw_verdict_of(f->ci.high <= most, f->ci.low <= most);
}

void mw_judge_beam(const mw_evidence *e, mw_finding *f)
{
    enum { BEAMS = 4, LIMIT_MS = 100 };
    f->measure = "four tokens one after the other, tvl, one thread";
    f->unit = "ms";
    const mw_query q = steady("itl_us", "tvl", NULL);
    char *const *row = mw_evidence_row(e, &q);
    const mw_query batch = {.suite = "ttft",
                            .phase = "prefill_again",
                            .metric = "phase_ms",
                            .variant = "tvl",
                            .threads = "1",
                            .param = {"feeding=batch", "prompt=4"},
                            .beside = row};
    mw_finding_note(f, "at the published rate four tokens take %.0f ms", BEAMS * mw_fact_of(e->facts, "token_ms"));
    if (!mw_finding_take(f, row, mw_figure_times(mw_figure_of(row), BEAMS * 1e-3), true))
        return;
    const mw_figure together = mw_evidence_figure(e, &batch);
    f->verdict = mw_verdict_of(f->ci.high < LIMIT_MS, together.high < LIMIT_MS);
    if (isfinite(together.value))
        mw_finding_note(f, "in one batch, weights read once (classifier for one of them): %.1f ms", together.value);
    else
        mw_finding_note(f, "a batch of four was not measured");
}

void mw_judge_rmsnorm(const mw_evidence *e, mw_finding *f)
{
    f->measure = "RMSNorm's share of the time of a token, tvl, one thread";
    f->unit = "1";
    mw_query q = {.suite = "profile", .metric = "op_share", .variant = "tvl", .threads = "1", .param = {"op=rmsnorm"}};
    char *const *row = mw_evidence_row(e, &q);
    if (!mw_finding_take(f, row, mw_figure_of(row), true))
        return;
    const double low = 0.05 * MW_LESS_A_TENTH, high = 0.10 * MW_MORE_A_TENTH;
    f->verdict = mw_verdict_of(f->ci.low >= low && f->ci.high <= high, f->ci.high >= low && f->ci.low <= high);
    mw_finding_note(f, "RMSNorm has 19 thousand of 110 million weights");
}

void mw_judge_soak(const mw_evidence *e, mw_finding *f)
{
    enum { LEAST_S = 600 };
    f->measure = "tokens/s in the last third over the first; 1: no drift";
    f->unit = "1";
    const mw_query of_rate = {.suite = "soak", .metric = "soak_drift", .param = {"of=tokens_per_s"}};
    char *const *row = mw_evidence_row(e, &of_rate);
    const mw_query of_time = {.suite = "soak", .metric = "soak_s", .beside = row};
    const mw_query of_roof = {.suite = "soak", .metric = "soak_drift", .param = {"of=roof_gbs"}, .beside = row};
    if (!mw_finding_take(f, row, mw_figure_of(row), false))
        return;
    const double seconds = mw_evidence_figure(e, &of_time).value, roof = mw_evidence_figure(e, &of_roof).value;
    if (!(seconds >= LEAST_S)) {
        f->verdict = MW_NOT_TESTABLE;
        mw_finding_note(f, "%.0f s were run and the claim is about %d: --soak=%d", seconds, LEAST_S, LEAST_S);
        return;
    }
    f->verdict = mw_verdict_of(f->value >= 1, roof < 1);
    mw_finding_note(f, "%.0f s; the roof beside it: %.3f", seconds, roof);
}

void mw_judge_pytorch(const mw_evidence *e, mw_finding *f)
{
    f->measure = "PyTorch, real forward pass with a key/value cache, one thread";
    f->unit = "1/s";
    const mw_query q = {
        .suite = "torch", .phase = "steady", .metric = "tokens_per_s", .variant = "pytorch", .threads = "1"};
    char *const *row = mw_evidence_row(e, &q);
    const mw_query of_ours = {
        .suite = "torch", .phase = "steady", .metric = "speedup", .variant = "pytorch", .beside = row};
    mw_finding_note(
        f, "the published figure is of a stand-in network: random weights, a two-matrix GELU, no cache of keys and "
           "values, about 83 %% of the weights");
    if (!mw_finding_take(f, row, mw_figure_of(row), true))
        return;
    const mw_figure ratio = mw_evidence_figure(e, &of_ours);
    const double stated = mw_fact_of(e->facts, "pytorch_tokens_per_s"),
                 ours = mw_fact_of(e->facts, "neon_tokens_per_s");
    f->verdict = mw_verdict_of(f->ci.low >= stated * MW_LESS_A_TENTH, ratio.low > 1);
    mw_finding_note(f, "%.120s; against tvl beside it %.2f times (published: %.1f)",
                    row[MW_RESULTS_note] ? row[MW_RESULTS_note] : "PyTorch", ratio.value, stated / ours);
}

void mw_judge_misaligned(const mw_evidence *e, mw_finding *f)
{
    f->measure = "rate at byte 28 over rate on a line, weights in memory, kernel neon4";
    f->unit = "1";
    mw_query q = {.suite = "micro", .metric = "misaligned_ratio", .kernel = "neon4", .param = {"weights=dram"}};
    char *const *row = mw_evidence_row(e, &q);
    if (!mw_finding_take(f, row, mw_figure_of(row), true))
        return;
    q.beside = row;
    q.param[0] = "weights=cache";
    const mw_figure cache = mw_evidence_figure(e, &q);
    const bool costs = f->ci.high < MW_LESS_A_TENTH || cache.high < MW_LESS_A_TENTH;
    f->verdict = mw_verdict_of(f->ci.high <= 0.5 * MW_MORE_A_TENTH, costs);
    q.kernel = "neon";
    const mw_figure naive_cache = mw_evidence_figure(e, &q);
    q.param[0] = "weights=dram";
    const mw_figure naive_dram = mw_evidence_figure(e, &q);
    mw_finding_note(f, "cached weights: %.3f; kernel neon: %.3f in memory, %.3f cached", cache.value, naive_dram.value,
                    naive_cache.value);
}
