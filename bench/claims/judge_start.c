/* Judges of claims about loading and the time to the first token, from suite `ttft`. */
#include "bench/claims/evidence.h"
#include "bench/claims/judges.h"

#include <math.h>

/* A time of suite ttft with a prompt of that length; `feeding` may be NULL. */
static char *const *row_of(const mw_evidence *e, const char *metric, const char *phase, const char *variant,
                           const char *prompt, const char *state, const char *feeding, char *const *beside)
{
    const mw_query q = {.suite = "ttft",
                        .phase = phase,
                        .metric = metric,
                        .variant = variant,
                        .threads = "1",
                        .param = {prompt, state, feeding},
                        .beside = beside};
    return mw_evidence_row(e, &q);
}

void mw_judge_loading(const mw_evidence *e, mw_finding *f)
{
    f->measure = "first token of a cold mapped file over a steady token";
    f->unit = "1";
    char *const *cold = row_of(e, "phase_ms", "prefill", "mmap", "prompt=1", "state=cold", NULL, NULL);
    char *const *warm = row_of(e, "phase_ms", "prefill", "mmap", "prompt=1", "state=warm", NULL, cold);
    char *const *token = row_of(e, "phase_ms", "token", "mmap", "prompt=1", "state=warm", NULL, cold);
    char *const *mapped = row_of(e, "phase_ms", "load", "mmap", "prompt=1", "state=warm", NULL, cold);
    char *const *heap = row_of(e, "phase_ms", "load", "neon", "prompt=1", "state=warm", NULL, cold);
    const bool all = cold && warm && token && mapped && heap;
    const mw_figure none = {NAN, NAN, NAN, 0}, steady = mw_figure_of(token);
    const mw_figure first_warm = all ? mw_figure_ratio(mw_figure_of(warm), steady) : none;
    const mw_figure first_cold = all ? mw_figure_ratio(mw_figure_of(cold), steady) : none;
    mw_finding_note(f, "as published: first token %.0f ms, %.1f times a steady one; nothing populates or advises",
                    mw_fact_of(e->facts, "first_token_ms"),
                    mw_fact_of(e->facts, "first_token_ms") / mw_fact_of(e->facts, "token_p50_ms"));
    if (!mw_finding_take(f, cold, first_cold, true))
        return;
    const double load = mw_figure_of(mapped).value / mw_figure_of(heap).value;
    const bool loads = load <= 0.1, moved = first_cold.high > MW_MORE_A_TENTH || !(first_warm.high <= MW_MORE_A_TENTH);
    f->verdict = mw_verdict_of(loads && !moved, loads || !moved);
    mw_finding_note(
        f,
        "loading: %.2f ms mapped, %.1f ms on the heap; first token %.1f times a steady one cold, %.2f times "
        "warm",
        mw_figure_of(mapped).value, mw_figure_of(heap).value, first_cold.value, first_warm.value);
}

void mw_judge_turn_taking(const mw_evidence *e, mw_finding *f)
{
    enum { LIMIT_MS = 200 };
    f->measure = "time to first token, prompt of 20 fed one by one, warm";
    f->unit = "ms";
    const double first = mw_fact_of(e->facts, "first_token_ms"), next = mw_fact_of(e->facts, "token_ms");
    char *const *one_by_one = row_of(e, "ttft_ms", "ttft", "tvl", "prompt=20", "state=warm", "feeding=token", NULL);
    mw_finding_note(f, "published figures make %.0f ms of 20 tokens one by one", first + 19 * next);
    if (!mw_finding_take(f, one_by_one, mw_figure_of(one_by_one), true))
        return;
    const mw_figure batch =
        mw_figure_of(row_of(e, "ttft_ms", "ttft", "tvl", "prompt=20", "state=warm", "feeding=batch", one_by_one));
    const mw_figure single =
        mw_figure_of(row_of(e, "ttft_ms", "ttft", "tvl", "prompt=1", "state=warm", NULL, one_by_one));
    f->verdict = mw_verdict_of(f->ci.high < LIMIT_MS, batch.high < LIMIT_MS || single.high < LIMIT_MS);
    mw_finding_note(f, "here %.0f ms one by one, %.0f ms in a batch, %.0f ms for a prompt of one token", f->value,
                    batch.value, single.value);
}
