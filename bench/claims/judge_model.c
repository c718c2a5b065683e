/* Judges of claims about what is counted or computed, not timed. */
#include "bench/claims/judges.h"

#include <math.h>

/* What suite clu counts for the weights of a token in the same run. */
static double counted(const mw_evidence *e, const mw_row *row, const char *metric, const char *variant)
{
    return mw_evidence_near(
               e, row, (mw_filter){.phase = "token", .metric = metric, .variant = variant, .param = "region=weights"})
        .value;
}

/* The least utilization over the levels of the caches; fmin skips a level that is not there. */
static double least(const mw_evidence *e, const mw_row *row, const char *variant)
{
    return fmin(fmin(counted(e, row, "clu_l1", variant), counted(e, row, "clu_l2", variant)),
                counted(e, row, "clu_llc", variant));
}

MW_JUDGE(utilization)
{
    const double full = 0.99, rowmajor = least(e, &f->row, "neon");
    const double splits = counted(e, &f->row, "split_load_fraction", "mmap");
    const double loads = counted(e, &f->row, "loads_per_line", "tvl"),
                 naive = counted(e, &f->row, "loads_per_line", "neon");
    f->row.value = isfinite(rowmajor) ? least(e, &f->row, "tvl") : NAN;
    if (isfinite(rowmajor))
        mw_finding_note(f, "row-major reaches %.3f, so utilization does not tell the two apart", rowmajor);
    if (isfinite(rowmajor) && isfinite(splits + loads + naive))
        mw_finding_note(
            f, "loads per line do: %.1f for TVL, %.1f for row-major; of the mapped file's loads %.0f %% are split",
            loads, naive, 100 * splits);
    const bool reached = f->row.value >= full;
    return mw_verdict_of(reached && rowmajor < full && mw_fact_of(e->facts, "layout_transform") > 0, reached);
}

MW_JUDGE(alignment)
{
    const int offset = (int)mw_fact_of(e->facts, "weights_offset");
    const double tvl = counted(e, &f->row, "split_load_fraction", "tvl");
    const bool aligned = offset % 64 == 0, whole = f->row.value <= 0;
    mw_finding_note(f, "published weights start at byte %d, so every tensor is at %d mod 64", offset, offset % 64);
    if (isfinite(tvl))
        mw_finding_note(f, "of a .tvl file, whose tensors are aligned, %.0f %% are split", 100 * tvl);
    return mw_verdict_of(aligned && whole, aligned || whole);
}

MW_JUDGE(perplexity)
{
    const double most = 0.001;
    mw_filter losses = {.suite = "perplexity", .metric = "perplexity_loss", .known = true};
    f->row.value = NAN;
    for (mw_row row = {0}; mw_rows_next(e->results, &losses, &row);) /* of all variants, the one farthest off */
        if (*row.variant && !(fabs(row.value) <= fabs(f->row.value)))
            f->row = row;
    if (isnan(f->row.value))
        return MW_NOT_TESTABLE;
    losses.param = "swiglu=aliased";
    const double alias = mw_evidence_row(e, &losses).value;
    const bool ours = fabs(f->row.value)<most, aliased = mw_fact_of(e->facts, "swiglu_aliased")> 0;
    mw_finding_note(f, "%s on %s, over %llu tokens", f->row.variant, *f->row.model ? f->row.model : "a model",
                    (unsigned long long)f->row.n);
    if (isfinite(alias))
        mw_finding_note(f, "with the published SwiGLU, silu(h) * h * h3, the same model has %.3g times the perplexity",
                        1 + alias);
    return mw_verdict_of(ours && (!aliased || fabs(alias) < most), ours);
}
