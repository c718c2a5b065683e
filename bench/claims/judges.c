/* The judges of the claims, one each: the rule of the claim's list entry, as code. */
#include "bench/claims/claims.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

/* Figures of the paper are rounded, and machines of one kind differ: what is within a tenth of a figure agrees. */
#define LESS_A_TENTH 0.9
#define MORE_A_TENTH 1.1

/* From whether the claim holds, and whether a part of it does. */
static mw_verdict verdict(bool holds, bool in_part)
{
    return holds ? MW_HOLDS : in_part ? MW_HOLDS_IN_PART : MW_DOES_NOT_HOLD;
}

/* --- the published source, and arithmetic with published numbers --- */

mw_verdict mw_judge_roofline(const mw_evidence *e, mw_finding *f)
{
    const double published = mw_fact_of(e, "neon_tokens_per_s"), best = mw_fact_of(e, "best_tokens_per_s"),
                 wanted = f->claim->figure, gb = 1e-3 * mw_fact_of(e, "megabytes_per_token"),
                 pi5 = mw_fact_of(e, "pi5_gbs");
    const bool is_roof = published >= LESS_A_TENTH * best, carries = pi5 >= LESS_A_TENTH * wanted * gb;
    f->unit = "1";
    f->row.value = published / best;
    mw_note(f, "%.1f tokens/s read %.1f GB/s of the part's %.0f, and one thread of it was published at %.0f tokens/s",
            published, published * gb, mw_fact_of(e, "part_gbs"), best);
    mw_note(f, "a Raspberry Pi 5 reads at most %.1f GB/s, but %.0f tokens/s need %.1f", pi5, wanted, wanted * gb);
    mw_filter roof = {.suite = "decode", .phase = "steady", .metric = "roof_fraction", .variant = "neon", .threads = 1};
    const mw_row neon = mw_row_best(e, roof);
    roof.variant = "tvl";
    const mw_row tvl = mw_row_best(e, roof);
    if (mw_row_of_paper(&neon) && mw_row_of_paper(&tvl))
        mw_note(
            f,
            "on one thread of %.60s, one accumulator reaches %.2f of what the thread can read, the tiled kernel %.2f",
            *neon.cpu ? neon.cpu : "this machine", neon.value, tvl.value);
    return verdict(is_roof && carries, is_roof || carries);
}

mw_verdict mw_judge_accumulators(const mw_evidence *e, mw_finding *f)
{
    const double accumulators = mw_fact_of(e, "accumulators"), unrolled = mw_fact_of(e, "unrolled_by");
    char matrix[48], param[80];
    f->row.value = accumulators;
    mw_note(f, "kernel neon is that loop, neon4 the one described");
    const mw_row four = mw_row_best(
        e, (mw_filter){.suite = "micro", .metric = "bandwidth_gbs", .kernel = "neon4", .param = "weights=cache"});
    if (mw_param_copy(four.param, "matrix", matrix, sizeof matrix)) {
        snprintf(param, sizeof param, "weights=cache;matrix=%s", matrix);
        const double one = mw_row_near(e, &four, (mw_filter){.kernel = "neon", .param = param}).value;
        if (isfinite(one))
            mw_note(f, "on %s, cached weights: %.1f GB/s with four, %.1f with one", four.arch, four.value, one);
    }
    return verdict(accumulators >= 4 && unrolled >= 4, accumulators >= 4 || unrolled >= 4);
}

mw_verdict mw_judge_column_major(const mw_evidence *e, mw_finding *f)
{
    f->row.value = (mw_fact_of(e, "column_major") > 0) + (mw_fact_of(e, "structure_of_arrays") > 0);
    f->row.n = 2;
    mw_note(f, "layout tvl with kernel tvl16_neon is what the text describes");
    return verdict(f->row.value > 1, f->row.value > 0);
}

mw_verdict mw_judge_intensity(const mw_evidence *e, mw_finding *f)
{
    /* how much of its own peak a thread leaves unused while it decodes */
    const mw_row peak = mw_row_best(e, (mw_filter){.metric = "peak_gflops", .variant = "tvl", .threads = 1});
    const mw_row rate = mw_row_best(
        e, (mw_filter){
               .run_id = peak.run_id, .phase = "steady", .metric = "bandwidth_gbs", .variant = "tvl", .threads = 1});
    const double starved = 1 - f->row.value * rate.value / peak.value;
    const bool two = fabs(f->row.value / f->claim->figure - 1) <= 0.1, starves = starved >= 0.93 * LESS_A_TENTH;
    if (isfinite(starved))
        mw_note(f, "decoding leaves %.0f %% of the measured peak of one thread unused (%.0f GFLOP/s, %s)",
                100 * starved, peak.value, peak.arch);
    const bool on_arm = strcmp(peak.arch, "aarch64") == 0 && strcmp(peak.provenance, "measured") == 0;
    if (isfinite(starved) && on_arm && mw_row_of_paper(&peak))
        return verdict(two && starves, two || starves);
    mw_note(f, "no peak of an AArch64 machine was measured");
    return verdict(two, false);
}

mw_verdict mw_judge_energy(const mw_evidence *e, mw_finding *f)
{
    const double watts = mw_fact_of(e, "watts"), rate = mw_fact_of(e, "neon_tokens_per_s"), paper = f->claim->figure;
    f->row.value = 1e3 * watts / rate;
    mw_note(f,
            "%.0f W over %.1f tokens/s is %.1f mJ; the paper divides by %.0f tokens/s, more than it measured for "
            "anything",
            watts, rate, f->row.value, mw_fact_of(e, "energy_tokens_per_s"));
    mw_filter counted = {
        .suite = "decode", .phase = "steady", .metric = "energy_package_mj", .variant = "tvl", .threads = 1};
    const mw_row here = mw_row_best(e, counted);
    if (mw_row_of_paper(&here) && strcmp(here.provenance, "measured") == 0) {
        f->row = here;
        counted.metric = "energy_dram_mj";
        const double dram = mw_row_near(e, &here, counted).value;
        mw_note(f, "measured on %.60s, whole packages: %.1f mJ", *here.cpu ? here.cpu : "this machine", here.value);
        if (isfinite(dram))
            mw_note(f, "and %.1f mJ of DRAM", dram);
    }
    return verdict(f->row.value <= paper * MORE_A_TENTH, f->row.value <= 2 * paper);
}

/* The fastest decoding of weights of a dtype on one thread. */
static mw_row fastest(const mw_evidence *e, const char *run_id, const char *dtype)
{
    const mw_filter steady = {
        .run_id = run_id, .suite = "decode", .phase = "steady", .metric = "itl_us", .threads = 1, .known = true};
    mw_row best = {.value = INFINITY};
    for (mw_row row = {0}; mw_rows_next(e->results, &steady, &row);)
        if (strcmp(row.dtype, dtype) == 0 && mw_row_of_paper(&row) && strcmp(row.provenance, "measured") == 0 &&
            row.value < best.value)
            best = row;
    return best;
}

mw_verdict mw_judge_int4(const mw_evidence *e, mw_finding *f)
{
    const double bits = mw_fact_of(e, "int4_bits") + mw_fact_of(e, "int4_scale_bits") / mw_fact_of(e, "int4_group");
    const mw_row int4 = fastest(e, NULL, "q4_0"), f32 = fastest(e, int4.run_id, "f32");
    mw_note(f, "%.1f bits per weight: f32 has %.1f times as many bytes", bits, 32 / bits);
    f->row.value = 32 / bits;
    if (isfinite(int4.value) && isfinite(f32.value)) {
        f->row = mw_row_ratio(f32, int4);
        mw_note(f, "%s over %s", int4.variant, f32.variant);
    } else {
        mw_note(f, "doubling the speed needs a kernel that stays memory-bound; none was measured");
    }
    return verdict(fabs(f->row.value / 2 - 1) <= 0.1, f->row.value > 2);
}

/* --- what is counted or computed --- */

/* What suite clu counts for the weights of a token in the same run. */
static double counted(const mw_evidence *e, const mw_finding *f, const char *metric, const char *variant)
{
    return mw_row_near(e, &f->row,
                       (mw_filter){.phase = "token", .metric = metric, .variant = variant, .param = "region=weights"})
        .value;
}

/* The least utilization over the levels of the caches; fmin skips a level that is not there. */
static double least(const mw_evidence *e, const mw_finding *f, const char *variant)
{
    return fmin(fmin(counted(e, f, "clu_l1", variant), counted(e, f, "clu_l2", variant)),
                counted(e, f, "clu_llc", variant));
}

mw_verdict mw_judge_utilization(const mw_evidence *e, mw_finding *f)
{
    const double full = 0.99, rowmajor = least(e, f, "neon"), splits = counted(e, f, "split_load_fraction", "mmap"),
                 loads = counted(e, f, "loads_per_line", "tvl"), naive = counted(e, f, "loads_per_line", "neon");
    f->row.value = isfinite(rowmajor) ? least(e, f, "tvl") : NAN;
    if (isfinite(rowmajor))
        mw_note(f, "row-major reaches %.3f, so utilization does not tell the two apart", rowmajor);
    if (isfinite(rowmajor) && isfinite(splits + loads + naive))
        mw_note(f, "loads per line do: %.1f for TVL, %.1f for row-major; of the mapped file's loads %.0f %% are split",
                loads, naive, 100 * splits);
    const bool reached = f->row.value >= full;
    return verdict(reached && rowmajor < full && mw_fact_of(e, "layout_transform") > 0, reached);
}

mw_verdict mw_judge_alignment(const mw_evidence *e, mw_finding *f)
{
    const int offset = (int)mw_fact_of(e, "weights_offset");
    const double tvl = counted(e, f, "split_load_fraction", "tvl");
    const bool aligned = offset % 64 == 0, whole = f->row.value <= 0;
    mw_note(f, "published weights start at byte %d, so every tensor is at %d mod 64", offset, offset % 64);
    if (isfinite(tvl))
        mw_note(f, "of a .tvl file, whose tensors are aligned, %.0f %% are split", 100 * tvl);
    return verdict(aligned && whole, aligned || whole);
}

mw_verdict mw_judge_perplexity(const mw_evidence *e, mw_finding *f)
{
    const double most = f->claim->figure;
    mw_filter losses = {.suite = "perplexity", .metric = "perplexity_loss", .known = true};
    f->row.value = NAN;
    for (mw_row row = {0}; mw_rows_next(e->results, &losses, &row);) /* of all variants, the one farthest off */
        if (*row.variant && !(fabs(row.value) <= fabs(f->row.value)))
            f->row = row;
    if (isnan(f->row.value))
        return MW_NOT_TESTABLE;
    losses.param = "swiglu=aliased";
    const double alias = mw_row_best(e, losses).value;
    const bool ours = fabs(f->row.value)<most, aliased = mw_fact_of(e, "swiglu_aliased")> 0;
    mw_note(f, "%s on %s, over %llu tokens", f->row.variant, *f->row.model ? f->row.model : "a model",
            (unsigned long long)f->row.n);
    if (isfinite(alias))
        mw_note(f, "with the published SwiGLU, silu(h) * h * h3, the same model has %.3g times the perplexity",
                1 + alias);
    return verdict(ours && (!aliased || fabs(alias) < most), ours);
}

/* --- times --- */

mw_verdict mw_judge_speedup(const mw_evidence *e, mw_finding *f)
{
    const double autovec =
        mw_row_near(e, &f->row, (mw_filter){.phase = "steady", .variant = "autovec/rowmajor/heap"}).value;
    if (isfinite(autovec))
        mw_note(f, "speedup over plain -O3, which may vectorize but not reorder a sum: %.2f", f->row.value / autovec);
    return verdict(f->row.low >= f->claim->figure * LESS_A_TENTH, f->row.low > 1);
}

mw_verdict mw_judge_loading(const mw_evidence *e, mw_finding *f)
{
    const char *const warm = "prompt=1;state=warm";
    const mw_row first = mw_row_near(e, &f->row, (mw_filter){.phase = "prefill", .param = warm}),
                 steady = mw_row_near(e, &f->row, (mw_filter){.phase = "token", .param = warm}),
                 mapped = mw_row_near(e, &f->row, (mw_filter){.phase = "load", .param = warm}),
                 heap = mw_row_near(e, &f->row, (mw_filter){.phase = "load", .variant = "neon", .param = warm}),
                 again = mw_row_ratio(first, steady);
    if (!isfinite(again.value + mapped.value + heap.value)) {
        f->row.value = NAN;
        return MW_NOT_TESTABLE;
    }
    mw_note(f, "loading takes %.2f ms mapped, %.1f ms on the heap", mapped.value, heap.value);
    mw_note(f, "a first token takes %.1f times as long as a steady one if cold, %.2f times if warm", f->row.value,
            again.value);
    const bool loads = mapped.value <= 0.1 * heap.value,
               steadily = f->row.high <= MORE_A_TENTH && again.high <= MORE_A_TENTH;
    return verdict(loads && steadily, loads || steadily);
}

mw_verdict mw_judge_tail(const mw_evidence *e, mw_finding *f)
{
    (void)e;
    const double most = f->claim->figure * MORE_A_TENTH;
    return verdict(f->row.high <= most, f->row.low <= most);
}

mw_verdict mw_judge_turn_taking(const mw_evidence *e, mw_finding *f)
{
    const double limit = f->claim->figure;
    const mw_row batch = mw_row_near(e, &f->row,
                                     (mw_filter){.phase = "ttft", .param = "prompt=20;state=warm;feeding=batch"}),
                 one = mw_row_near(e, &f->row, (mw_filter){.phase = "ttft", .param = "prompt=1;state=warm"});
    mw_note(f, "here %.0f ms one by one, %.0f ms in a batch, %.0f ms for a prompt of one token", f->row.value,
            batch.value, one.value);
    return verdict(f->row.high < limit, batch.high < limit || one.high < limit);
}

mw_verdict mw_judge_beam(const mw_evidence *e, mw_finding *f)
{
    const mw_filter of_batch = {
        .suite = "ttft", .phase = "prefill_again", .metric = "phase_ms", .param = "feeding=batch;prompt=4"};
    const mw_row batch = mw_row_near(e, &f->row, of_batch);
    if (isfinite(batch.value))
        mw_note(f, "one batch of four, which reads the weights once (classifier for one token): %.1f ms", batch.value);
    else
        mw_note(f, "a batch of four was not measured");
    return verdict(f->row.high < f->claim->figure, batch.high < f->claim->figure);
}

mw_verdict mw_judge_rmsnorm(const mw_evidence *e, mw_finding *f)
{
    (void)e;
    const double low = f->claim->figure * LESS_A_TENTH, high = 2 * f->claim->figure * MORE_A_TENTH; /* 5 to 10 % */
    return verdict(f->row.low >= low && f->row.high <= high, f->row.high >= low && f->row.low <= high);
}

mw_verdict mw_judge_soak(const mw_evidence *e, mw_finding *f)
{
    enum { LEAST_S = 600 };
    const double seconds = mw_row_near(e, &f->row, (mw_filter){.metric = "soak_s", .param = ""}).value,
                 roof = mw_row_near(e, &f->row, (mw_filter){.param = "of=roof_gbs"}).value;
    if (!(seconds >= LEAST_S)) {
        mw_note(f, "the run took %.0f s, the claim is about %d: --soak=%d", seconds, LEAST_S, LEAST_S);
        return MW_NOT_TESTABLE;
    }
    mw_note(f, "%.0f s; the roof in the last third over the first: %.3f", seconds, roof);
    return verdict(f->row.value >= 1, roof < 1);
}

mw_verdict mw_judge_pytorch(const mw_evidence *e, mw_finding *f)
{
    const double stated = f->claim->figure;
    const mw_row ratio = mw_row_near(e, &f->row, (mw_filter){.phase = "steady", .metric = "speedup"});
    mw_note(f, "%.120s; %.2f times as fast as tvl in the same run (published: %.1f times)",
            *f->row.note ? f->row.note : "PyTorch", ratio.value, stated / mw_fact_of(e, "neon_tokens_per_s"));
    return verdict(f->row.low >= stated * LESS_A_TENTH, ratio.low > 1);
}

mw_verdict mw_judge_misaligned(const mw_evidence *e, mw_finding *f)
{
    const mw_row cached = mw_row_near(e, &f->row, (mw_filter){.kernel = "neon4", .param = "weights=cache"}),
                 naive = mw_row_near(e, &f->row, (mw_filter){.kernel = "neon", .param = "weights=dram"}),
                 naive_cached = mw_row_near(e, &f->row, (mw_filter){.kernel = "neon", .param = "weights=cache"});
    mw_note(f, "cached weights: %.3f; kernel neon: %.3f in memory, %.3f cached", cached.value, naive.value,
            naive_cached.value);
    return verdict(f->row.high <= f->claim->figure * MORE_A_TENTH,
                   f->row.high < LESS_A_TENTH || cached.high < LESS_A_TENTH);
}
