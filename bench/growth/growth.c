#include "bench/growth/growth.h"

#include "bench/decode/decode.h"
#include "bench/run/job.h"
#include "bench/run/rounds.h"
#include "bench/run/suite.h"
#include "bench/run/summary.h"
#include "engine/offer_models.h"
#include "engine/synthetic.h"
#include "platform/cli.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* --- processes --- */

/* What a process says that is taken: tables of single tokens have no column for the model. */
static const char *const taken[] = {
    "tokens_per_s", "itl_us", "bandwidth_gbs", "roof_gbs", "roof_mean_gbs", "roof_fraction",
    /* bytes */
    "bytes_needed_mb", "bytes_stored_mb", "huge_mib",
    /* what disturbed it */
    "slow_tokens", "slow_tokens_explained", "slow_tokens_memory", "slow_tokens_stolen", "slow_tokens_unexplained",
    "slow_sweeps", "major_faults", "steal_ms", "pressure_ms", NULL};

/* One process. If it fails its shape is dropped, with a warning, and the others go on. */
static int run_one(mw_session *s, mw_growth_shape *g, bool *check_failed, mw_error *err)
{
    const int rep = ++g->started;
    char model[64];
    mw_job_end end;
    snprintf(model, sizeof model, MW_SYNTHETIC "%s", g->name);
    int rc = mw_job_start(&(mw_job){.kind = MW_JOB_REPETITION,
                                    .suite = s->options->suite->name,
                                    .rep = rep,
                                    .of = (int)s->options->reps,
                                    .reads = g->reads,
                                    .model = model,
                                    .tokens = mw_growth_tokens(s->options, &g->config)},
                          s->argv, MW_CHILD_SILENT, 0, &end, err);
    if (!rc)
        rc = mw_take_folder(s, end.folder, rep, taken, err);
    if (!rc && rep == 1)
        mw_job_take(&end, MW_JOB_READS, g->reads, sizeof g->reads);
    if (!rc && end.child.status != 0) {
        mw_session_warn(s, "%s: process %d failed, no more of them: %.160s", g->name, rep, end.why);
        *check_failed |= end.child.status == 1;
        g->dropped = true;
    }
    mw_job_end_free(&end);
    return rc;
}

/* All processes of all shapes in one random order, so that whatever the machine does to one it does to all. */
static int run_all(mw_session *s, mw_growth_shape *shapes, int n, bool *check_failed, mw_error *err)
{
    mw_rounds r = {
        .session = s, .items = (size_t)n * s->options->reps, .rounds = 1, .noun = "processes", .by_turn = true};
    int rc = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        mw_growth_shape *g = &shapes[r.item % (size_t)n];
        mw_progress_say(&s->progress, "process %zu of %zu: %s, %.1f GB", r.place + 1, r.items, g->name,
                        (double)g->file_bytes * 1e-9);
        if (!g->dropped)
            rc = run_one(s, g, check_failed, err);
    }
    return rc;
}

/* --- rows --- */

/* How far tokens/s may be from bytes/roof. */
static const double TOLERANCE = 0.1;

/* The value of a metric of the same model, variant, threads and process. */
static double of_same(const mw_session *s, const mw_row *like, const char *metric)
{
    const mw_filter f = {.of = like->rep ? MW_OF_PROCESSES : MW_OF_RUN,
                         .model = like->model,
                         .variant = like->variant,
                         .threads = like->threads,
                         .rep = like->rep,
                         .metric = metric};
    return mw_rows_value(&s->results, &f);
}

static void add(mw_session *s, const mw_row *like, const char *metric, const char *unit, double value, const char *note)
{
    mw_session_record(s, NULL, like->threads,
                      &(mw_result){metric, unit, value, like->n, .suite = like->suite, .phase = like->phase,
                                   .param = *like->param ? like->param : NULL, .note = note,
                                   .provenance = like->provenance, .variant = like->variant, .kernel = like->kernel,
                                   .layout = like->layout, .load = like->load, .isa = like->isa, .dtype = like->dtype,
                                   .model = like->model, .rep = like->rep});
}

/* Adds token_mb and growth_ratio of every process, from the rows it left. */
static void record(mw_session *s)
{
    const mw_filter f = {.of = MW_OF_PROCESSES, .metric = "tokens_per_s"};
    const size_t n = s->results.n_rows;
    for (mw_row r = {0}; mw_rows_next(&s->results, &f, &r) && r.index < n;) {
        const double token_mb = of_same(s, &r, "bandwidth_gbs") * 1e3 / r.value;
        add(s, &r, "token_mb", "MB", token_mb, "weights, one embedding row, keys and values");
        add(s, &r, "growth_ratio", "1", r.value / (of_same(s, &r, "roof_mean_gbs") * 1e3 / token_mb),
            "tokens/s over roof_mean_gbs / token_mb");
    }
}

static const char *verdict(const mw_row *row)
{
    const double least = 1 - TOLERANCE, most = 1 + TOLERANCE;
    if (!isfinite(row->value))
        return "unknown";
    if (!isfinite(row->low) || !isfinite(row->high))
        return row->value >= least && row->value <= most ? "yes, of one process" : "no, of one process";
    return row->low >= least && row->high <= most ? "yes" : row->high < least || row->low > most ? "no" : "open";
}

/* Adds to the notes of summarised ratios whether they are within 10 %, and whether the weights fit into a cache. */
static void judge(mw_session *s)
{
    mw_cache_info info;
    double cache = 0; /* size of the last one; 0 if it is unknown */
    for (int level = 1; mw_topology_cache(s->topology, level, &info); level++)
        cache = info.bytes != MW_UNKNOWN ? (double)info.bytes : cache;
    for (mw_row r = {0}; mw_rows_next(&s->results, &(mw_filter){.metric = "growth_ratio"}, &r);) {
        char note[256], cached[64] = "";
        if (of_same(s, &r, "bytes_stored_mb") * 1e6 <= cache)
            snprintf(cached, sizeof cached, "; fits into the last cache of %.0f MiB", cache / 0x1p20);
        snprintf(note, sizeof note, "%.140s%s; within 10 %%: %s", r.note, cached, verdict(&r));
        mw_csv_replace(&s->results, r.index, MW_RESULTS_note, mw_text(note));
    }
}

static int run(mw_session *s, const mw_variant *variants, int n_variants, mw_error *err)
{
    if (s->rep > 0)
        return mw_decode_suite(s, variants, n_variants, err);
    for (int i = 0; i < n_variants; i++)
        if (variants[i].layout->id != MW_LAYOUT_TVL16 || !mw_load_maps(variants[i].load))
            return mw_fail(err, -EINVAL,
                           "suite growth makes models in layout tvl alone, for variants that map them; %s does not",
                           variants[i].name);
    static mw_growth_shape shapes[MW_GROWTH_MOST];
    bool check_failed = false;
    int n = 0, rc = mw_growth_prepare(s, shapes, &n, err);
    if (!rc)
        rc = run_all(s, shapes, n, &check_failed, err);
    for (int i = 0; i < n; i++)
        if (shapes[i].made)
            unlink(shapes[i].path);
    mw_progress_clear(&s->progress);
    if (rc)
        return rc;
    record(s);
    rc = mw_summarise(s, err);
    if (rc)
        return rc;
    judge(s);
    return check_failed ? mw_fail(err, -EDOM, "a check failed in one of the processes; its warning says which") : 0;
}

/* --- table --- */

static bool in_cache(const mw_row *row)
{
    return strstr(row->note, "last cache") != NULL;
}

static void shape_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    const char *shape = mw_synthetic_shape(row->model);
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%s%s", shape ? shape : row->model, in_cache(row) ? "*" : "");
}

static void verdict_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    static const char mark[] = "within 10 %: ";
    const char *verdict = strstr(row->note, mark);
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%s", verdict ? verdict + strlen(mark) : "-");
}

static const mw_column columns[] = {
    {"shape", -12, MW_SHOW_MADE, .make = shape_of},
    {"thr", 3, MW_SHOW_THREADS},
    {"MB/token", 9, MW_SHOW_VALUE, 1, "token_mb"},
    {"tokens/s", 8, MW_SHOW_VALUE, -1, "tokens_per_s"},
    {"roof", 6, MW_SHOW_VALUE, 1, "roof_mean_gbs"},
    {"ratio", 6, MW_SHOW_VALUE, 3},
    {"95 %", -16, MW_SHOW_RANGE, 3},
    {"within 10 %", 0, MW_SHOW_MADE, .make = verdict_of},
    {0},
};

/* One variant from small to large shapes: the order of the processes was random. */
static void print_variant(mw_page *page, const char *variant)
{
    mw_page_heading(page, "%s", variant);
    mw_page_open(page, columns);
    for (int i = 0; mw_synthetic_name(i); i++)
        for (mw_row r = {0};
             mw_rows_next(page->results, &(mw_filter){.metric = "growth_ratio", .variant = variant}, &r);) {
            const char *shape = mw_synthetic_shape(r.model);
            if (shape && strcmp(shape, mw_synthetic_name(i)) == 0)
                mw_page_line(page, &r);
        }
}

static void report(const mw_session *s, mw_page *page)
{
    bool cached = false;
    (void)s;
    for (mw_row r = {0}, first; mw_rows_next(page->results, &(mw_filter){.metric = "growth_ratio"}, &r);) {
        mw_rows_find(page->results, &(mw_filter){.metric = "growth_ratio", .variant = r.variant}, &first);
        if (first.index == r.index)
            print_variant(page, r.variant);
        cached |= in_cache(&r);
    }
    mw_page_text(page, "ratio = tokens/s x bytes per token / roof; 1 is what the memory allows. Bytes per token are "
                       "weights, one embedding row, keys and values. roof: GB/s over all sweeps of the model's own "
                       "pages, so that it counts every stall, as tokens/s do.");
    mw_page_text(page, "within 10 %%: yes or no if the whole interval lies inside or outside 0.9 to 1.1, else open.");
    if (cached)
        mw_page_text(page, "* the weights fit into the last cache: their roof is that of the cache.");
}

/* --- the suite --- */

/* Steady tokens where a model is small (growth_shapes.c takes fewer of large ones): within the positions of the
 * smallest, and many, as the stalls of a machine are few next to a token of a millisecond. */
enum { STEADY_TOKENS = 240 };

static int set_shapes(void *own, const char *value, mw_error *err)
{
    const char *list = *(const char **)own = value;
    char item[64];
    mw_synthetic s;
    int rc = 0;
    while (!rc && mw_cli_item(&list, item, sizeof item)) {
        rc = mw_synthetic_parse(item, &s, err);
        if (!rc && s.recipe)
            rc = mw_fail(err, -EINVAL, "--shapes=%s: suite growth takes shapes of checkpoints, without a recipe", item);
    }
    return rc;
}

static const mw_suite_option options[] = {
    {"shapes", "LIST", "synthetic shapes to use", set_shapes, mw_offer_shapes},
    {0},
};

static const mw_refusal refusals[] = {
    {"prompt", "it measures a series of synthetic models; see --shapes"},
    {0},
};

const mw_suite mw_suite_growth = {
    .name = "growth",
    .help = "tokens per second by model size, against roof/bytes",
    .processes = MW_OWN_PROCESSES,
    .native = true,
    .options = options,
    .own_bytes = sizeof(const char *) /* shapes: a list, or NULL for those that fit */,
    .refuses = refusals,
    .variants = "native-tvl",
    .tokens = MW_WARMUP_TOKENS + STEADY_TOKENS,
    .own_models = true,
    .no_machine_roof = true, /* half of the memory leaves no room for it */
    .between_processes = true,
    .summarised = true,
    .run = run,
    .report = report,
};
