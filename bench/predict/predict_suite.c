/* Suite `predict`: tokens/s on machines that are not here, from machine files and in-core cycles, next to speeds that
 * others published. Nothing is measured: every row is `modelled` or `published`. */
#include "bench/predict/predict_report.h"
#include "bench/predict/predict_rows.h"
#include "bench/run/suite.h"
#include "engine/offer_models.h"
#include "engine/synthetic.h"
#include "platform/cli.h"
#include "platform/cli_complete.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { MOST_MACHINES = 64 };

typedef struct own_options {
    const char *machines, *shapes; /* lists; NULL: all, the paper's model */
    bool tokens, gemvs;            /* what is predicted; neither: tokens */
    bool shapes_chosen;            /* by --shapes: published speeds of other models are left out */
} own_options;

/* What predictions are made from. */
typedef struct inputs {
    mw_machine_file machines[MOST_MACHINES];
    int n;
    mw_csv in_core, published;
} inputs;

/* `name` is SHAPE, whose matrices get `dtype`, or SHAPE@RECIPE. The tensors are freed by the caller. */
static int open_shape(const char *name, mw_dtype dtype, mw_predict_shape *to, mw_error *err)
{
    mw_synthetic synthetic;
    int rc = mw_synthetic_parse(name, &synthetic, err);
    if (rc)
        return rc;
    to->config = synthetic.config;
    to->tensors = calloc(mw_tensor_count(&to->config), sizeof *to->tensors);
    snprintf(to->name, sizeof to->name, MW_SYNTHETIC "%s", name);
    if (!to->tensors)
        return mw_fail(err, -ENOMEM, "no memory for the tensors of %s", to->name);
    if (synthetic.recipe && strchr(name, '@')) {
        mw_synthetic_table(&synthetic, to->tensors);
        return 0;
    }
    mw_tensor_table(&to->config, to->tensors);
    for (size_t i = 0; i < mw_tensor_count(&to->config); i++)
        to->tensors[i].dtype = mw_tensor_dtype(&to->tensors[i], dtype);
    return 0;
}

/* All thread counts of a variant on a machine. */
static void predict_threads(mw_session *s, const mw_subject *one)
{
    const mw_options *o = s->options;
    const mw_range cores = one->machine->cores;
    for (int t = 0; t < o->n_threads; t++) {
        mw_subject of = *one;
        of.threads = o->threads[t] ? o->threads[t] : isfinite(cores.value) ? (int)cores.value : 1;
        if (t == 0 || of.threads != 1) /* "1,max" of a single core */
            mw_predict_record_tokens(s, &of);
    }
}

/* Whether an earlier variant has the kernel: variants differ in loads, too. */
static bool had_kernel(const mw_variant *variants, int v)
{
    for (int i = 0; i < v; i++)
        if (variants[i].gemv == variants[v].gemv)
            return true;
    return false;
}

static int predict_variants(mw_session *s, const inputs *in, const mw_machine_file *m, const mw_variant *variants,
                            int n, mw_error *err)
{
    const own_options *own = s->options->own;
    const char *shapes = own->shapes;
    char item[96];
    int rc = 0;
    while (!rc && mw_cli_item(&shapes, item, sizeof item))
        for (int v = 0; v < n && !rc; v++) {
            mw_predict_shape shape = {.tensors = NULL};
            rc = open_shape(item, variants[v].gemv->dtype, &shape, err);
            mw_subject of = {m, &in->in_core, variants[v].gemv, &variants[v], NULL, &shape, 1};
            if (!rc && own->tokens)
                predict_threads(s, &of);
            of.variant = NULL;
            if (!rc && own->gemvs && !had_kernel(variants, v))
                mw_predict_record_gemvs(s, &of);
            free(shape.tensors);
        }
    return rc;
}

/* Whether the published speeds of a model are wanted. */
static bool wants(const own_options *own, const char *model)
{
    const char *shapes = own->shapes;
    char item[96];
    bool found = !own->shapes_chosen;
    while (!found && mw_cli_item(&shapes, item, sizeof item))
        found = strcmp(item, model) == 0;
    return found;
}

/* The published speeds of the chosen machines, each next to its prediction. */
static int judge(mw_session *s, const inputs *in, mw_error *err)
{
    int rc = 0;
    for (size_t i = 0; i < in->published.n_rows && !rc; i++) {
        const mw_published p = mw_published_at(&in->published, i);
        if (!wants(s->options->own, p.model))
            continue;
        mw_predict_shape shape = {.tensors = NULL};
        rc = open_shape(p.model, p.dtype, &shape, err);
        for (int m = 0; m < in->n && !rc; m++)
            if (strcmp(in->machines[m].file, p.machine) == 0) {
                const mw_subject of = {&in->machines[m], &in->in_core, NULL, NULL, &p, &shape, p.threads};
                mw_predict_record_published(s, &of);
                mw_predict_record_tokens(s, &of);
            }
        free(shape.tensors);
    }
    return rc;
}

static int run(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    const own_options *own = s->options->own;
    inputs *in = calloc(1, sizeof *in);
    if (!in)
        return mw_fail(err, -ENOMEM, "no memory for machine files");
    int rc = mw_machine_files_read(own->machines, in->machines, MOST_MACHINES, &in->n, err);
    if (!rc)
        rc = mw_in_core_read(&in->in_core, err);
    if (!rc)
        rc = mw_published_read(NULL, &in->published, err);
    for (int m = 0; m < in->n && !rc; m++)
        rc = predict_variants(s, in, &in->machines[m], variants, n, err);
    if (!rc && own->tokens)
        rc = judge(s, in, err);
    mw_csv_free(&in->in_core);
    mw_csv_free(&in->published);
    free(in);
    mw_row warning;
    if (!rc && mw_rows_count(&s->results, &(mw_filter){.param = "rule=" MW_RULE_CHOSEN}) == 0)
        rc = mw_fail(err, -ENOENT, "nothing can be predicted: %s",
                     mw_rows_find(&s->results, &(mw_filter){.metric = "warning"}, &warning) ? warning.note
                                                                                            : "no machine is chosen");
    return rc;
}

/* --- the suite --- */

static int set_machines(void *own, const char *value, mw_error *err)
{
    (void)err;
    ((own_options *)own)->machines = value;
    return 0;
}

static int set_shapes(void *own, const char *value, mw_error *err)
{
    const char *list = ((own_options *)own)->shapes = value;
    char item[96];
    mw_synthetic s;
    int rc = 0;
    while (!rc && mw_cli_item(&list, item, sizeof item))
        rc = mw_synthetic_parse(item, &s, err);
    return rc;
}

static int set_what(void *of, const char *value, mw_error *err)
{
    own_options *own = of;
    const char *list = value;
    char item[16];
    own->tokens = own->gemvs = false;
    while (mw_cli_item(&list, item, sizeof item)) {
        const bool tokens = strcmp(item, "tokens") == 0, gemvs = strcmp(item, "gemvs") == 0;
        if (!tokens && !gemvs)
            return mw_fail(err, -EINVAL, "--what: '%s' is neither tokens nor gemvs", item);
        own->tokens |= tokens;
        own->gemvs |= gemvs;
    }
    return 0;
}

static int complete(mw_options *o, mw_error *err)
{
    own_options *own = o->own;
    (void)err;
    own->tokens |= !own->gemvs;
    own->machines = own->machines ? own->machines : "all";
    own->shapes_chosen = own->shapes != NULL;
    own->shapes = own->shapes ? own->shapes : "stories110M";
    return 0;
}

static void offer(void *to, const char *name)
{
    mw_cli_offer(*(const mw_cli_offers **)to, name, NULL);
}

static void offer_machines(const mw_cli_offers *to)
{
    mw_cli_offer(to, "all", NULL);
    mw_machine_files_each(offer, &to);
}

static void offer_what(const mw_cli_offers *to)
{
    mw_cli_offer(to, "tokens", "decoding");
    mw_cli_offer(to, "gemvs", "kernels alone, weights in L2 and in memory");
}

static const mw_suite_option options[] = {
    {"machine", "LIST", "machine files, by name or path, or all (all)", set_machines, offer_machines},
    {"shapes", "LIST", "synthetic shapes to use", set_shapes, mw_offer_shapes},
    {"what", "LIST", "tokens, gemvs (tokens)", set_what, offer_what},
    {0},
};

#define NOTHING_RUNS "nothing runs in suite predict"
static const mw_refusal refusals[] = {
    {"prompt", NOTHING_RUNS}, {"tokens", NOTHING_RUNS}, {"reps", NOTHING_RUNS}, {"cpus", NOTHING_RUNS}, {0}};

const mw_suite mw_suite_predict = {
    .name = "predict",
    .help = "tokens per second on machines that are not here",
    .processes = MW_ONE_PROCESS,
    .options = options,
    .own_bytes = sizeof(own_options),
    .refuses = refusals,
    .variants = "neon,neon4,tvl",
    .own_models = true,
    .apart = true,
    .summarised = true,
    .complete = complete,
    .run = run,
    .report = mw_predict_report,
};
