/* What a run of suite decode or aa shows. All of it comes from the summary rows of results.csv. */
#include "bench/decode/decode.h"
#include "engine/model_bytes.h"

#include <math.h>
#include <stdio.h>
#include <string.h>

static const double MB_PER_MIB = 0x1p20 * 1e-6;

static const mw_column speed[] = {
    {"variant", -34, MW_SHOW_VARIANT},
    {"thr", 3, MW_SHOW_THREADS},
    {"token/s", 7, MW_SHOW_VALUE, 1},
    {"+-%", 5, MW_SHOW_HALF, 1},
    {"GB/s", 6, MW_SHOW_VALUE, 1, "bandwidth_gbs"},
    {"roof", 5, MW_SHOW_VALUE, 2, "roof_fraction"},
    {"+-%", 5, MW_SHOW_HALF, 1, "roof_fraction"},
    {"P50 us", 8, MW_SHOW_VALUE, 0, "itl_p50_us", .wide = true},
    {"P99 us", 8, MW_SHOW_VALUE, 0, "itl_p99_us"},
    {0},
};

static void print_head(const mw_session *s, mw_page *page)
{
    char bytes[160] = "";
    for (int d = 0; d < MW_DTYPE_COUNT; d++) {
        const size_t n = strlen(bytes);
        if (mw_session_wants(s, (mw_dtype)d))
            snprintf(bytes + n, sizeof bytes - n, "%s%.1f MB (%s)", n ? ", " : "",
                     (double)mw_model_cost(&s->model, (mw_dtype)d, 0).weight_bytes * 1e-6, mw_dtypes[d].name);
    }
    mw_page_text(page, "%s: one token reads %s of weights.\n%.60s, %d CPU%s", s->model.name, bytes, s->cpu, s->n_cpus,
                 s->n_cpus == 1 ? "" : "s");
}

static void print_warnings(mw_page *page)
{
    bool any = false;
    for (mw_row r = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "warning"}, &r); any = true) {
        if (!any)
            mw_page_heading(page, "warnings");
        mw_page_item(page, "%s", r.note);
    }
}

static int processes(const mw_csv *results)
{
    int most = 0;
    for (mw_row r = {0}; mw_rows_next(results, &(mw_filter){.of = MW_OF_PROCESSES}, &r);)
        most = r.rep > most ? r.rep : most;
    return most;
}

/* Of one thread and of all. */
static void machine_roofs(mw_page *page, char *to, size_t size)
{
    const mw_filter f = {.metric = "machine_roof_gbs", .known = true};
    int last = 0;
    to[0] = '\0';
    for (mw_row r = {0}; last <= 1 && mw_rows_next(page->results, &f, &r); last = r.threads) {
        const size_t n = strlen(to);
        if (r.threads != last)
            snprintf(to + n, size - n, "%s %.1f GB/s (threads: %d)", n ? "," : "Machine roof, on huge pages:", r.value,
                     r.threads);
    }
    if (to[0])
        snprintf(to + strlen(to), size - strlen(to), ".");
}

static void print_footer(const mw_session *s, mw_page *page)
{
    const int n = processes(page->results);
    const unsigned long long tokens = s->options->tokens - MW_WARMUP_TOKENS;
    char spread[160], roofs[160];
    if (n == 1)
        snprintf(spread, sizeof spread, "One process (--reps=1): no interval between processes; it decodes");
    else
        snprintf(spread, sizeof spread, "+-%%: half the 95 %% interval between %d processes (%s); each decodes", n,
                 s->first_stage ? "--precision" : "--reps");
    machine_roofs(page, roofs, sizeof roofs);
    mw_page_text(page,
                 "%s %llu tokens after %d of warm-up. roof: share of a read-only sweep over the same pages by the same "
                 "threads, before and after every %d tokens. %s",
                 spread, tokens, MW_WARMUP_TOKENS, MW_GROUP_TOKENS, roofs);
}

/* Of the row that took the least, with DRAM beside it; nothing where the machine does not tell. */
static void print_energy(mw_page *page)
{
    const mw_filter f = {.metric = "energy_package_mj", .phase = "steady", .known = true};
    mw_row least = {.value = INFINITY}, dram;
    for (mw_row r = {0}; mw_rows_next(page->results, &f, &r);)
        if (r.value < least.value)
            least = r;
    if (!isfinite(least.value))
        return;
    const mw_filter beside = mw_rows_like(&least, "energy_dram_mj");
    char memory[48] = "";
    if (mw_rows_find(page->results, &beside, &dram) && isfinite(dram.value))
        snprintf(memory, sizeof memory, ", %.3g mJ (DRAM)", dram.value);
    mw_page_text(page, "energy: %.3g mJ per token (package)%s: the least, %s, threads: %d", least.value, memory,
                 least.variant, least.threads);
}

/* Bytes do not depend on the number of threads: one line per variant. */
static void print_bytes(mw_page *page)
{
    static const mw_column bytes[] = {
        {"bytes of the weights, MB", -34, MW_SHOW_VARIANT},
        {"needed", 8, MW_SHOW_VALUE, 1},
        {"stored", 8, MW_SHOW_VALUE, 1, "bytes_stored_mb"},
        {"resident", 9, MW_SHOW_VALUE, 1, "bytes_resident_mb"},
        {"residual", 9, MW_SHOW_VALUE, 1, "bytes_residual_mb"},
        {"huge", 7, MW_SHOW_VALUE, 1, "huge_mib", .scale = MB_PER_MIB},
        {0},
    };
    mw_filter f = {.metric = "bytes_needed_mb", .phase = "steady", .known = true};
    mw_page_open(page, bytes);
    for (mw_row r = {0}, first; mw_rows_next(page->results, &f, &r);) {
        const mw_filter same = {.metric = f.metric, .phase = f.phase, .variant = r.variant};
        if (mw_rows_find(page->results, &same, &first) && first.index == r.index)
            mw_page_line(page, &r);
    }
}

void mw_decode_report(const mw_session *s, mw_page *page)
{
    print_head(s, page);
    page->mark_best = true;
    mw_page_rows(page, speed, &(mw_filter){.metric = "tokens_per_s", .phase = "steady", .known = true}, MW_AS_RECORDED);
    print_footer(s, page);
    print_energy(page);
    print_bytes(page);
    bool simde = false;
    for (mw_row r = {0}; !simde && mw_rows_next(page->results, &(mw_filter){0}, &r);)
        simde = strcmp(r.isa, "neon-simde") == 0;
    if (simde)
        mw_page_text(page, "NEON kernels run through SIMDe (AVX2, FMA) on this CPU.");
    print_warnings(page);
}

/* "no difference" of "6 processes; no difference" */
static void verdict(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    const char *words = strchr(row->note, ';');
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%s", words ? words + 2 : "one process");
}

void mw_aa_report(const mw_session *s, mw_page *page)
{
    static const mw_column pairs[] = {
        {"variant", -34, MW_SHOW_VARIANT},
        {"thr", 3, MW_SHOW_THREADS},
        {"ratio", 7, MW_SHOW_VALUE, 4},
        {"95 % interval", -17, MW_SHOW_RANGE, 4},
        {"verdict", 0, MW_SHOW_MADE, .make = verdict},
        {0},
    };
    print_head(s, page);
    mw_page_text(page, "The same variant under two names. Tokens are paired, clusters are processes.");
    mw_page_open(page, pairs);
    for (mw_row r = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "aa_ratio"}, &r);)
        if (strstr(r.variant, MW_TWIN_SUFFIX))
            mw_page_line(page, &r);
    for (mw_row r = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "aa_false_rate"}, &r);)
        mw_page_text(page, "False alarms on %llu synthetic data sets: %.1f %% (%.1f to %.1f), %s.",
                     (unsigned long long)r.n, 100 * r.value, 100 * r.low, 100 * r.high, r.param);
    print_warnings(page);
}
