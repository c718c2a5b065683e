#include "bench/predict/predict_rows.h"

#include "bench/predict/missing.h"
#include "bench/run/plan.h"
#include "kernels/ops.h"
#include "layouts/layout.h"

#include <math.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>

/* --- one row --- */

/* What a row says beyond its subject. */
typedef struct figure {
    const char *metric, *unit;
    mw_range value;
    const char *phase, *param; /* param: what follows the machine and the program; NULL: the steady phase, nothing */
    const char *provenance, *note;
} figure;

static void record(mw_session *s, const mw_subject *of, const figure *f)
{
    char param[300];
    const mw_interval spread = {f->value.low, f->value.high};
    mw_result r = {f->metric,
                   f->unit,
                   f->value.value,
                   1,
                   .phase = f->phase,
                   .param = param,
                   .note = f->note,
                   .provenance = f->provenance,
                   .model = of->shape->name,
                   .rep = -1};
    snprintf(param, sizeof param, "%smachine=%s%s%s%s%s", of->published && of->published->listed ? "listed=yes;" : "",
             of->machine->file, of->published ? ";program=" : "", of->published ? of->published->program : "",
             f->param ? ";" : "", f->param ? f->param : "");
    if (f->value.low < f->value.high)
        r.ci = &spread;
    if (of->gemv) { /* without load and ISA, which are this machine's */
        r.variant = of->variant ? of->variant->name : NULL;
        r.kernel = of->gemv->name;
        r.layout = mw_layout_of(of->gemv->layout)->name;
        r.dtype = mw_dtypes[of->gemv->dtype].name;
    } else {
        r.variant = r.kernel = of->published->kernel;
        r.dtype = mw_dtypes[of->published->dtype].name;
    }
    mw_session_record(s, NULL, of->threads, &r);
}

static mw_range times(mw_range r, double by)
{
    return (mw_range){r.value * by, r.low * by, r.high * by};
}

/* Row-major kernels read each row in flight as a stream, tiled ones each panel. A program's are unknown. */
static unsigned streams_of(const mw_kernel *gemv)
{
    const unsigned rows = mw_layout_of(gemv->layout)->id == MW_LAYOUT_TVL16 ? 16 : 1;
    return gemv->tile_rows > rows ? gemv->tile_rows / rows : 1;
}

static mw_case case_of(const mw_subject *of)
{
    return (mw_case){.machine = of->machine,
                     .in_core = of->in_core,
                     .kernel = of->gemv ? of->gemv->name : of->published->kernel,
                     .compiler = of->published ? of->published->compiler : "gcc",
                     .streams = of->gemv ? streams_of(of->gemv) : 0,
                     .threads = of->threads};
}

static void describe(const mw_prediction *p, char *to, size_t size)
{
    snprintf(to, size, "%s; one core: arithmetic %.4g us, reading %s%.4g us", p->binds, p->core_s * 1e6,
             p->at_most ? "at least " : "", p->read_s * 1e6);
}

/* --- how much each input matters --- */

/* An input, in at most 9 characters, and how it changes: a number of the machine file by a factor, or the core. */
typedef struct change {
    const char *input, *by;
    size_t range; /* of mw_machine_file */
    double factor;
    mw_core_change core;
} change;

#define TENTH_MORE(name, member) \
    { \
        name, "+10%", offsetof(mw_machine_file, member), 1.1, MW_CORE_AS_IT_IS \
    }
#define CORE(name, how, change) \
    { \
        name, how, 0, 1, change \
    }
static const change changes[] = {
    TENTH_MORE("clock", clock),
    TENTH_MORE("one_core", one_core),
    TENTH_MORE("stream", one_stream),
    TENTH_MORE("all_cores", all),
    TENTH_MORE("l2", l2_gbs),
    TENTH_MORE("l3", l3_gbs),
    CORE("window", "+10%", MW_CORE_WINDOW_110),
    CORE("width", "+20%", MW_CORE_WIDTH_120),
    CORE("fma", "-1", MW_CORE_FMA_LESS),
};

/* As a share of tokens/s. Inputs that the machine file or the table lacks are left out. */
static void record_sensitivity(mw_session *s, const mw_subject *of, mw_rule rule, double tokens_per_s)
{
    for (size_t i = 0; i < sizeof changes / sizeof *changes; i++) {
        const change *c = &changes[i];
        mw_machine_file machine = *of->machine;
        mw_case as = case_of(of);
        mw_prediction by_rule[MW_RULE_COUNT];
        char param[64];
        mw_range *range = (mw_range *)((char *)&machine + c->range);
        if (c->core == MW_CORE_AS_IT_IS && isnan(range->value))
            continue;
        if (c->core == MW_CORE_AS_IT_IS)
            *range = times(*range, c->factor);
        as.machine = &machine;
        as.change = c->core;
        if (mw_predict_tokens(&as, &of->shape->config, of->shape->tensors, by_rule, NULL))
            continue;
        const mw_range moved = {by_rule[rule].per_second.value / tokens_per_s - 1, NAN, NAN};
        snprintf(param, sizeof param, "rule=%s;input=%s;by=%s", mw_rule_names[rule], c->input, c->by);
        record(s, of, &(figure){"sensitivity", "1", moved, NULL, param, "modelled", NULL});
    }
}

/* --- rows of a subject --- */

void mw_predict_record_published(mw_session *s, const mw_subject *of)
{
    const mw_range rate = {of->published->tokens_per_s, NAN, NAN};
    record(s, of, &(figure){"tokens_per_s", "1/s", rate, NULL, NULL, "published", of->published->source});
}

void mw_predict_record_tokens(mw_session *s, const mw_subject *of)
{
    const mw_case as = case_of(of);
    mw_prediction by_rule[MW_RULE_COUNT];
    mw_error why;
    if (mw_predict_tokens(&as, &of->shape->config, of->shape->tensors, by_rule, &why)) {
        mw_session_warn(s, "not predicted: %s", why.text);
        return;
    }
    for (mw_rule rule = 0; rule < MW_RULE_COUNT; rule++) {
        const mw_prediction *p = &by_rule[rule];
        char note[200], param[64];
        describe(p, note, sizeof note);
        snprintf(param, sizeof param, "rule=%s", mw_rule_names[rule]);
        record(s, of, &(figure){"tokens_per_s", "1/s", p->per_second, NULL, param, "modelled", note});
        if (of->published) {
            const mw_range ratio = times(p->per_second, 1 / of->published->tokens_per_s);
            char missing[MW_MISSING_BYTES];
            mw_missing(of->machine, &of->shape->config, of->published, p, missing);
            record(s, of,
                   &(figure){"prediction_ratio", "1", ratio, NULL, param, "modelled",
                             of->published->fitted ? "an input was fitted to it" : missing});
            continue;
        }
        const mw_range gbs = times(p->per_second, p->bytes * 1e-9);
        record(s, of, &(figure){"bandwidth_gbs", "GB/s", gbs, NULL, param, "modelled", note});
        if (strcmp(mw_rule_names[rule], MW_RULE_CHOSEN) == 0)
            record_sensitivity(s, of, rule, p->per_second.value);
    }
}

static void record_gemv(mw_session *s, const mw_subject *of, const mw_shape *matrix, bool cached)
{
    const mw_kernel *k = of->gemv;
    const uint32_t rows = (uint32_t)matrix->rows, cols = (uint32_t)matrix->cols;
    const mw_case as = case_of(of);
    const mw_cost cost = mw_op_cost(MW_OP_GEMV, k->dtype, rows, cols);
    const char *from = cached ? "cache" : "dram";
    mw_prediction by_rule[MW_RULE_COUNT];
    mw_error why;
    char phase[80], note[200], param[64];
    if (mw_predict_gemv(&as, k->dtype, rows, cols, cached, by_rule, &why)) {
        mw_session_warn(s, "not predicted: %s", why.text);
        return;
    }
    snprintf(phase, sizeof phase, "gemv/%s%s/%ux%u/%s", k->name, mw_dtypes[k->dtype].suffix, rows, cols, from);
    for (mw_rule rule = 0; rule < MW_RULE_COUNT; rule++) {
        const mw_range gbs = times(by_rule[rule].per_second, (double)(cost.bytes_read + cost.bytes_written) * 1e-9);
        describe(&by_rule[rule], note, sizeof note);
        snprintf(param, sizeof param, "rule=%s;weights=%s", mw_rule_names[rule], from);
        record(s, of, &(figure){"bandwidth_gbs", "GB/s", gbs, phase, param, "modelled", note});
    }
}

void mw_predict_record_gemvs(mw_session *s, const mw_subject *of)
{
    const mw_predict_shape *shape = of->shape;
    const mw_model model = {
        .config = shape->config, .tensors = shape->tensors, .n_tensors = mw_tensor_count(&shape->config)};
    mw_shape matrices[MW_MOST_SHAPES];
    const size_t n = mw_shapes_of(&model, matrices);
    for (size_t i = 0; i < n; i++)
        for (int cached = 1; cached >= 0; cached--)
            record_gemv(s, of, &matrices[i], cached);
}
