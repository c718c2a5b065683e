/* Judges of claims about times. */
#include "bench/claims/judges.h"

#include <math.h>

MW_JUDGE(speedup)
{
    const double autovec =
        mw_evidence_near(e, &f->row, (mw_filter){.phase = "steady", .variant = "autovec/rowmajor/heap"}).value;
    if (isfinite(autovec))
        mw_finding_note(f, "speedup over plain -O3, which may vectorize but not reorder a sum: %.2f",
                        f->row.value / autovec);
    return mw_verdict_of(f->row.low >= 2.5 * MW_LESS_A_TENTH, f->row.low > 1);
}

/* The time of a phase, of suite ttft, of a prompt of one. */
static mw_row phase(const mw_evidence *e, const mw_row *row, const char *name, const char *variant)
{
    return mw_evidence_near(e, row, (mw_filter){.phase = name, .variant = variant, .param = "prompt=1;state=warm"});
}

MW_JUDGE(loading)
{
    const mw_row first = phase(e, &f->row, "prefill", "mmap"), steady = phase(e, &f->row, "token", "mmap"),
                 mapped = phase(e, &f->row, "load", "mmap"), heap = phase(e, &f->row, "load", "neon");
    const mw_row warm = mw_evidence_ratio(first, &steady);
    if (!isfinite(warm.value) || !isfinite(mapped.value) || !isfinite(heap.value)) {
        f->row.value = NAN;
        return MW_NOT_TESTABLE;
    }
    mw_finding_note(f, "loading takes %.2f ms mapped, %.1f ms on the heap", mapped.value, heap.value);
    mw_finding_note(f, "a first token takes %.1f times as long as a steady one if cold, %.2f times if warm",
                    f->row.value, warm.value);
    const bool loads = mapped.value <= 0.1 * heap.value;
    const bool steadily = f->row.high <= MW_MORE_A_TENTH && warm.high <= MW_MORE_A_TENTH;
    return mw_verdict_of(loads && steadily, loads || steadily);
}

MW_JUDGE(tail)
{
    const double most = mw_fact_of(e->facts, "token_p99_ratio") * MW_MORE_A_TENTH;
    return mw_verdict_of(f->row.high <= most, f->row.low <= most);
}

MW_JUDGE(turn_taking)
{
    enum { LIMIT_MS = 200 };
    const mw_row batch =
        mw_evidence_near(e, &f->row, (mw_filter){.phase = "ttft", .param = "prompt=20;state=warm;feeding=batch"});
    const mw_row one = mw_evidence_near(e, &f->row, (mw_filter){.phase = "ttft", .param = "prompt=1;state=warm"});
    mw_finding_note(f, "here %.0f ms one by one, %.0f ms in a batch, %.0f ms for a prompt of one token", f->row.value,
                    batch.value, one.value);
    return mw_verdict_of(f->row.high < LIMIT_MS, batch.high < LIMIT_MS || one.high < LIMIT_MS);
}

MW_JUDGE(beam)
{
    enum { LIMIT_MS = 100 };
    const mw_row batch = mw_evidence_near(
        e, &f->row,
        (mw_filter){
            .suite = "ttft", .phase = "prefill_again", .metric = "phase_ms", .param = "feeding=batch;prompt=4"});
    if (isfinite(batch.value))
        mw_finding_note(f, "one batch of four, which reads the weights once (classifier for one token): %.1f ms",
                        batch.value);
    else
        mw_finding_note(f, "a batch of four was not measured");
    return mw_verdict_of(f->row.high < LIMIT_MS, batch.high < LIMIT_MS);
}

MW_JUDGE(rmsnorm)
{
    const double low = 0.05 * MW_LESS_A_TENTH, high = 0.10 * MW_MORE_A_TENTH;
    (void)e;
    return mw_verdict_of(f->row.low >= low && f->row.high <= high, f->row.high >= low && f->row.low <= high);
}

MW_JUDGE(soak)
{
    enum { LEAST_S = 600 };
    const double seconds = mw_evidence_near(e, &f->row, (mw_filter){.metric = "soak_s", .param = ""}).value;
    const double roof = mw_evidence_near(e, &f->row, (mw_filter){.param = "of=roof_gbs"}).value;
    if (!(seconds >= LEAST_S)) {
        mw_finding_note(f, "the run took %.0f s, the claim is about %d: --soak=%d", seconds, LEAST_S, LEAST_S);
        return MW_NOT_TESTABLE;
    }
    mw_finding_note(f, "%.0f s; the roof in the last third over the first: %.3f", seconds, roof);
    return mw_verdict_of(f->row.value >= 1, roof < 1);
}

MW_JUDGE(pytorch)
{
    const double stated = mw_fact_of(e->facts, "pytorch_tokens_per_s"),
                 ours = mw_fact_of(e->facts, "neon_tokens_per_s");
    const mw_row ratio = mw_evidence_near(e, &f->row, (mw_filter){.phase = "steady", .metric = "speedup"});
    mw_finding_note(f, "%.120s; %.2f times as fast as tvl in the same run (published: %.1f times)",
                    *f->row.note ? f->row.note : "PyTorch", ratio.value, stated / ours);
    return mw_verdict_of(f->row.low >= stated * MW_LESS_A_TENTH, ratio.low > 1);
}

MW_JUDGE(misaligned)
{
    const mw_row cached = mw_evidence_near(e, &f->row, (mw_filter){.kernel = "neon4", .param = "weights=cache"});
    const double naive = mw_evidence_near(e, &f->row, (mw_filter){.kernel = "neon", .param = "weights=dram"}).value;
    const double naive_cached =
        mw_evidence_near(e, &f->row, (mw_filter){.kernel = "neon", .param = "weights=cache"}).value;
    mw_finding_note(f, "cached weights: %.3f; kernel neon: %.3f in memory, %.3f cached", cached.value, naive,
                    naive_cached);
    return mw_verdict_of(f->row.high <= 0.5 * MW_MORE_A_TENTH,
                         f->row.high < MW_LESS_A_TENTH || cached.high < MW_LESS_A_TENTH);
}
