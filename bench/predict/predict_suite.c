/* Suite `predict`: tokens/s on machines that are not here, from machine files and in-core cycles, next to speeds that
 * others published. Nothing is measured: every row is `modelled` or `published`. */
#include "bench/predict/missing.h"
#include "bench/predict/predict.h"
#include "bench/predict/predict_report.h"
#include "bench/predict/published.h"
#include "bench/run/session.h"
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
} own_options;

/* What predictions are made from. */
typedef struct inputs {
    mw_machine_file machines[MOST_MACHINES];
    int n;
    mw_csv in_core, published;
} inputs;

/* A model that is not made: its tensors. */
typedef struct shape {
    char name[96];
    mw_config config;
    mw_tensor *tensors;
} shape;

/* `name` is SHAPE, whose matrices get `dtype`, or SHAPE@RECIPE. The tensors are freed by the caller. */
static int open_shape(const char *name, mw_dtype dtype, shape *to, mw_error *err)
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

/* --- rows --- */

/* What a row says of its subject; metric, value and rule follow. */
typedef struct subject {
    const mw_machine_file *machine;
    const mw_variant *variant;     /* NULL: that of a published row */
    const mw_published *published; /* NULL: none */
    const shape *shape;
    int threads;
} subject;

/* `rule` is NULL where none applies. */
static void record(mw_session *s, const subject *of, const char *metric, const char *unit, mw_range value,
                   const char *rule, const char *provenance, const char *note)
{
    char param[300];
    const mw_interval spread = {value.low, value.high};
    mw_result r = {metric,
                   unit,
                   value.value,
                   1,
                   .param = param,
                   .note = note,
                   .provenance = provenance,
                   .model = of->shape->name,
                   .rep = -1};
    snprintf(param, sizeof param, "%smachine=%s%s%s%s%s", of->published && of->published->listed ? "listed=yes;" : "",
             of->machine->file, of->published ? ";program=" : "", of->published ? of->published->program : "",
             rule ? ";rule=" : "", rule ? rule : "");
    if (value.low < value.high)
        r.ci = &spread;
    if (of->variant) { /* without its load and ISA, which are this machine's */
        r.variant = of->variant->name;
        r.kernel = of->variant->gemv->name;
        r.layout = of->variant->layout->name;
        r.dtype = mw_dtypes[of->variant->gemv->dtype].name;
    } else {
        r.variant = r.kernel = of->published->kernel;
        r.dtype = mw_dtypes[of->published->dtype].name;
    }
    mw_session_record(s, NULL, of->threads, &r);
}

/* Predicts by all rules. An input that is missing is a warning. */
static void predict(mw_session *s, const inputs *in, const subject *of)
{
    const char *kernel = of->variant ? of->variant->gemv->name : of->published->kernel;
    const char *compiler = of->published ? of->published->compiler : "gcc";
    mw_prediction by_rule[MW_RULE_COUNT];
    mw_error why;
    if (mw_predict(of->machine, &in->in_core, &of->shape->config, of->shape->tensors, kernel, compiler, of->threads,
                   by_rule, &why)) {
        mw_session_warn(s, "not predicted: %s", why.text);
        return;
    }
    for (mw_rule rule = 0; rule < MW_RULE_COUNT; rule++) {
        const mw_prediction *p = &by_rule[rule];
        char note[200];
        snprintf(note, sizeof note, "%s; one core: arithmetic %.4g us, memory %s%.4g us", p->binds, p->core_s * 1e6,
                 p->at_most ? "at least " : "", p->memory_s * 1e6);
        record(s, of, "tokens_per_s", "1/s", p->tokens_per_s, mw_rule_names[rule], "modelled", note);
        if (!of->published)
            continue;
        const mw_range speed = p->tokens_per_s;
        const double by = 1 / of->published->tokens_per_s;
        const mw_range ratio = {speed.value * by, speed.low * by, speed.high * by};
        char missing[MW_MISSING_BYTES];
        mw_missing(of->machine, &of->shape->config, of->published, p, missing);
        record(s, of, "prediction_ratio", "1", ratio, mw_rule_names[rule], "modelled",
               of->published->fitted ? "an input was fitted to it" : missing);
    }
}

/* All thread counts of a variant on a machine. */
static void predict_threads(mw_session *s, const inputs *in, const mw_machine_file *m, const mw_variant *v,
                            const shape *of)
{
    const mw_options *o = s->options;
    for (int t = 0; t < o->n_threads; t++) {
        const int max = isfinite(m->cores.value) ? (int)m->cores.value : 1,
                  threads = o->threads[t] ? o->threads[t] : max;
        if (t == 0 || threads != 1) /* "1,max" of a single core */
            predict(s, in, &(subject){m, v, NULL, of, threads});
    }
}

static int predict_variants(mw_session *s, const inputs *in, const mw_variant *variants, int n, mw_error *err)
{
    int rc = 0;
    for (int m = 0; m < in->n; m++) {
        const char *shapes = ((const own_options *)s->options->own)->shapes;
        char item[96];
        while (!rc && mw_cli_item(&shapes, item, sizeof item))
            for (int v = 0; v < n && !rc; v++) {
                shape of = {.tensors = NULL};
                rc = open_shape(item, variants[v].gemv->dtype, &of, err);
                if (!rc)
                    predict_threads(s, in, &in->machines[m], &variants[v], &of);
                free(of.tensors);
            }
    }
    return rc;
}

/* The published speeds of the chosen machines, each next to its prediction. */
static int judge(mw_session *s, const inputs *in, mw_error *err)
{
    int rc = 0;
    for (size_t i = 0; i < in->published.n_rows && !rc; i++) {
        const mw_published p = mw_published_at(&in->published, i);
        shape of = {.tensors = NULL};
        rc = open_shape(p.model, p.dtype, &of, err);
        for (int m = 0; m < in->n && !rc; m++)
            if (strcmp(in->machines[m].file, p.machine) == 0) {
                const subject row = {&in->machines[m], NULL, &p, &of, p.threads};
                const mw_range rate = {p.tokens_per_s, NAN, NAN};
                record(s, &row, "tokens_per_s", "1/s", rate, NULL, "published", p.source);
                predict(s, in, &row);
            }
        free(of.tensors);
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
    if (!rc)
        rc = predict_variants(s, in, variants, n, err);
    if (!rc)
        rc = judge(s, in, err);
    mw_csv_free(&in->in_core);
    mw_csv_free(&in->published);
    free(in);
    mw_row warning;
    if (!rc && mw_rows_count(&s->results, &(mw_filter){.metric = "tokens_per_s", .param = "rule=" MW_RULE_CHOSEN}) == 0)
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

static int complete(mw_options *o, mw_error *err)
{
    own_options *own = o->own;
    (void)err;
    own->machines = own->machines ? own->machines : "all";
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

static const mw_suite_option options[] = {
    {"machine", "LIST", "machine files, by name or path, or all (all)", set_machines, offer_machines},
    {"shapes", "LIST", "synthetic shapes to use", set_shapes, mw_offer_shapes},
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
