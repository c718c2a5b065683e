#include "bench/growth/growth_parts.h"
#include "bench/run/suite.h"
#include "engine/synthetic.h"
#include "platform/cli.h"

#include "bench/decode/decode.h"
#include "bench/run/job.h"
#include "bench/run/rounds.h"
#include "bench/run/summary.h"
#include "bench/run/take.h"
#include "platform/os.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* What a process says that is taken: tables of single tokens have no column for the model. */
static const char *const taken[] = {"tokens_per_s",
                                    "itl_us",
                                    "bandwidth_gbs",
                                    "roof_gbs",
                                    "roof_mean_gbs",
                                    "roof_fraction",
                                    "bytes_needed_mb",
                                    "bytes_stored_mb",
                                    "slow_tokens",
                                    "slow_tokens_explained",
                                    "slow_tokens_memory",
                                    "slow_tokens_stolen",
                                    "slow_tokens_unexplained",
                                    "slow_sweeps",
                                    "major_faults",
                                    "huge_mib",
                                    "steal_ms",
                                    "pressure_ms",
                                    NULL};

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

int mw_growth_suite(mw_session *s, const mw_variant *variants, int n_variants, mw_error *err)
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
    mw_growth_clean(shapes, n);
    mw_progress_clear(&s->progress);
    if (rc)
        return rc;
    mw_growth_record(s);
    rc = mw_summarise(s, err);
    if (rc)
        return rc;
    mw_growth_judge(s);
    return check_failed ? mw_fail(err, -EDOM, "a check failed in one of the processes; its warning says which") : 0;
}

/* --- the suite --- */

/* Steady tokens where a model is small (growth_shapes.c takes fewer of large ones): within the positions of the
 * smallest, and many, as the stalls of a machine are few next to a token of a millisecond. */
enum { STEADY_TOKENS = 240 };

static int set_shapes(void *own, const char *value, mw_error *err)
{
    mw_growth_options *o = own;
    const char *list = o->shapes = value;
    char item[64];
    mw_config config;
    int rc = 0;
    while (!rc && mw_cli_item(&list, item, sizeof item))
        rc = mw_synthetic_config(item, &config, err);
    return rc;
}

static const mw_suite_option options[] = {
    {"shapes", "LIST", "synthetic shapes (15M to half of the memory)", set_shapes},
    {0},
};

static const mw_refusal refusals[] = {
    {"prompt", "it goes through synthetic models; see --shapes"},
    {0},
};

const mw_suite mw_suite_growth = {
    .name = "growth",
    .help = "tokens per second over model size, next to bytes/roof",
    .processes = MW_OWN_PROCESSES,
    .native = true,
    .options = options,
    .own_bytes = sizeof(mw_growth_options),
    .refuses = refusals,
    .variants = "native-tvl",
    .tokens = MW_WARMUP_TOKENS + STEADY_TOKENS,
    .own_models = true,
    .no_machine_roof = true, /* half of the memory leaves no room for it */
    .between_processes = true,
    .summarised = true,
    .run = mw_growth_suite,
    .report = mw_growth_report,
};
