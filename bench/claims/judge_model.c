/* Judges of claims about what is counted or computed, not timed. */
#include "bench/claims/evidence.h"
#include "bench/claims/judges.h"

#include <math.h>
#include <string.h>

/* What suite clu counts for the weights of a token. */
static char *const *counted(const mw_evidence *e, const char *metric, const char *variant, char *const *beside)
{
    const mw_query q = {.suite = "clu",
                        .phase = "token",
                        .metric = metric,
                        .variant = variant,
                        .param = {"region=weights"},
                        .beside = beside};
    return mw_evidence_row(e, &q);
}

/* The least utilization over the levels of the caches. */
static double least(const mw_evidence *e, const char *variant, char *const *beside)
{
    static const char *const levels[] = {"clu_l1", "clu_l2", "clu_llc"};
    double worst = NAN;
    for (int i = 0; i < 3; i++)
        worst = fmin(worst, mw_figure_of(counted(e, levels[i], variant, beside)).value); /* the other one if NAN */
    return worst;
}

void mw_judge_utilization(const mw_evidence *e, mw_finding *f)
{
    const double full = 0.99;
    f->measure = "least of all cache levels: bytes used of those that TVL brings in";
    f->unit = "1";
    char *const *row = counted(e, "clu_l1", "tvl", NULL);
    mw_figure tvl = mw_figure_of(row);
    const double rowmajor = row ? least(e, "neon", row) : NAN;
    if (!row || !isfinite(rowmajor))
        tvl.value = NAN;
    else
        tvl.value = least(e, "tvl", row);
    if (!mw_finding_take(f, row, tvl, false))
        return;
    const bool reached = tvl.value >= full, only = rowmajor < full;
    const bool there = mw_fact_of(e->facts, "layout_transform") > 0;
    f->verdict = mw_verdict_of(reached && only && there, reached);
    const mw_figure splits = mw_figure_of(counted(e, "split_load_fraction", "mmap", row));
    const mw_figure loads = mw_figure_of(counted(e, "loads_per_line", "tvl", row));
    const mw_figure loads_row = mw_figure_of(counted(e, "loads_per_line", "neon", row));
    mw_finding_note(f, "row-major reaches %.3f, so utilization does not tell the two apart", rowmajor);
    if (isfinite(splits.value) && isfinite(loads.value) && isfinite(loads_row.value))
        mw_finding_note(f, "loads a line do: %.1f against %.1f, and split loads of the mapped file: %.0f %%",
                        loads.value, loads_row.value, 100 * splits.value);
}

void mw_judge_alignment(const mw_evidence *e, mw_finding *f)
{
    f->measure = "loads of the mapped checkpoint's weights that touch two lines";
    f->unit = "1";
    char *const *row = counted(e, "split_load_fraction", "mmap", NULL);
    if (!mw_finding_take(f, row, mw_figure_of(row), false))
        return;
    const int offset = (int)mw_fact_of(e->facts, "weights_offset");
    const bool aligned = offset % 64 == 0, whole = f->value <= 0;
    f->verdict = mw_verdict_of(aligned && whole, aligned || whole);
    mw_finding_note(f, "published weights start at byte %d, so every tensor is at %d mod 64", offset, offset % 64);
    const mw_figure tvl = mw_figure_of(counted(e, "split_load_fraction", "tvl", row));
    if (isfinite(tvl.value))
        mw_finding_note(f, "of a .tvl file, whose tensors are aligned, %.0f %% split", 100 * tvl.value);
}

/* Of all variants, the row whose perplexity is farthest from the reference's. */
static char *const *farthest(const mw_evidence *e)
{
    char *const *worst = NULL;
    for (size_t i = 0; i < e->results->n_rows; i++) {
        char *const *row = mw_csv_row(e->results, i);
        if (row[MW_RESULTS_rep] || !row[MW_RESULTS_variant] || !row[MW_RESULTS_value] || !row[MW_RESULTS_metric] ||
            strcmp(row[MW_RESULTS_metric], "perplexity_loss") != 0)
            continue;
        if (!worst || fabs(mw_figure_of(row).value) > fabs(mw_figure_of(worst).value))
            worst = row;
    }
    return worst;
}

void mw_judge_perplexity(const mw_evidence *e, mw_finding *f)
{
    const double most = 0.001;
    f->measure = "loss of perplexity against double precision, the variant farthest from it";
    f->unit = "1";
    char *const *row = farthest(e);
    if (!mw_finding_take(f, row, mw_figure_of(row), false))
        return;
    const mw_query of_alias = {.suite = "perplexity", .metric = "perplexity_loss", .param = {"swiglu=aliased"}};
    const double alias = mw_evidence_figure(e, &of_alias).value;
    const bool ours = fabs(f->value) < most;
    const bool aliased = mw_fact_of(e->facts, "swiglu_aliased") > 0;
    f->verdict = mw_verdict_of(ours && (!aliased || fabs(alias) < most), ours);
    mw_finding_note(f, "by %s on %s, over %llu tokens", row[MW_RESULTS_variant],
                    row[MW_RESULTS_model] ? row[MW_RESULTS_model] : "a model", (unsigned long long)f->n);
    if (isfinite(alias))
        mw_finding_note(f, "with the published SwiGLU, silu(h) * h * h3, the same model has %.3g times the perplexity",
                        1 + alias);
}
