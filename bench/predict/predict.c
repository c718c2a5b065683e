#include "bench/predict/predict.h"

#include <errno.h>
#include <math.h>
#include <string.h>

const char *const mw_rule_names[MW_RULE_COUNT] = {"max", "ecm", "sum", "issue"};

/* Where in its range an input is taken: as it is, or where it makes a token slower or faster. */
typedef enum end { AS_IT_IS, SLOW, FAST, ENDS } end;

static double rate_at(mw_range r, end e) /* of a rate: more is faster */
{
    return e == SLOW ? r.low : e == FAST ? r.high : r.value;
}

/* --- the core --- */

/* Weights, and the core's cycles for them. */
typedef struct work {
    double bytes, cycles[ENDS];
    double issue;      /* of the cycles, those without which the instructions cannot be issued */
    const char *binds; /* the core, at most of the cycles */
    double most;
} work;

/* The cycles of a line with the window as published, smaller, and larger, which is not always faster. */
static void spread(const mw_in_core *cost, mw_core_change change, double cycles[ENDS])
{
    const double value = cost->cycles[change], *c = cost->cycles;
    const bool varied = change == MW_CORE_AS_IT_IS;
    cycles[AS_IT_IS] = value;
    cycles[SLOW] = varied ? fmax(value, fmax(c[MW_CORE_WINDOW_90], c[MW_CORE_WINDOW_110])) : value;
    cycles[FAST] = varied ? fmin(value, fmin(c[MW_CORE_WINDOW_90], c[MW_CORE_WINDOW_110])) : value;
}

/* `bytes` of weights in rows of `cols`. */
static int add(const mw_case *of, mw_dtype dtype, double cols, double bytes, work *w, mw_error *err)
{
    const mw_machine_file *m = of->machine;
    const char *name = mw_dtypes[dtype].name;
    mw_in_core cost;
    double cycles[ENDS];
    if (!mw_in_core_find(of->in_core, m->core, name, of->kernel, of->compiler, cols, &cost))
        return mw_fail(err, -ENOENT, "%s: no in-core cycles of kernel %s for %s on core %s", m->file, of->kernel, name,
                       m->core);
    spread(&cost, of->change, cycles);
    if (isnan(cycles[AS_IT_IS]))
        return mw_fail(err, -ENOENT, "%s: no in-core cycles of kernel %s for %s on a core that differs", m->file,
                       of->kernel, name);
    w->bytes += bytes;
    for (end e = 0; e < ENDS; e++)
        w->cycles[e] += bytes / 64 * cycles[e];
    w->issue += bytes / 64 * fmin(cycles[AS_IT_IS], cost.cycles[MW_CORE_NO_LATENCY]);
    if (bytes * cycles[AS_IT_IS] > w->most) {
        w->most = bytes * cycles[AS_IT_IS];
        w->binds = cost.binds;
    }
    return 0;
}

/* Whether a token multiplies by a tensor: not by norms, and of an embedding that is no classifier it reads one row. */
static bool is_matrix(const mw_config *c, const mw_tensor *tensors, size_t i)
{
    const bool one_row = i == mw_embedding_index(c) && !c->shared_classifier;
    return !tensors[i].vector && !one_row && tensors[i].rows > 1 && i != mw_rope_factors_index(c);
}

/* The bytes of all matrices that cost as much per line as matrix i, the first of them; 0 if it is not the first. */
static double bytes_like(const mw_config *c, const mw_tensor *tensors, size_t i)
{
    double bytes = 0;
    for (size_t j = 0; j < mw_tensor_count(c); j++) {
        const mw_tensor *t = &tensors[j];
        if (!is_matrix(c, tensors, j) || t->dtype != tensors[i].dtype || t->cols != tensors[i].cols)
            continue;
        if (j < i)
            return 0;
        bytes += t->rows * (double)mw_dtype_bytes(t->dtype, t->cols);
    }
    return bytes;
}

/* The weights of a token. Its embedding row and norms cost bytes, no cycles. */
static int count(const mw_case *of, const mw_config *c, const mw_tensor *tensors, work *w, mw_error *err)
{
    int rc = 0;
    *w = (work){.binds = ""};
    for (size_t i = 0; i < mw_tensor_count(c) && !rc; i++) {
        const mw_tensor *t = &tensors[i];
        const double bytes = is_matrix(c, tensors, i) ? bytes_like(c, tensors, i) : 0;
        if (bytes > 0)
            rc = add(of, t->dtype, t->cols, bytes, w, err);
        else if (!is_matrix(c, tensors, i) && i != mw_rope_factors_index(c))
            w->bytes += (t->vector ? t->rows : 1) * (double)mw_dtype_bytes(t->dtype, t->cols);
    }
    return rc;
}

/* --- where weights are read --- */

typedef struct source {
    mw_range gbs;     /* of one core */
    const char *name; /* "L2", "memory" */
    bool at_most;     /* for want of the bandwidth of one core, that of all */
    bool shared;      /* all cores together get no more than the bandwidth of all */
} source;

/* One forward stream gets less than several where the file says so. */
static mw_range of_streams(mw_range several, mw_range one, unsigned streams)
{
    return streams == 1 && !isnan(one.value) ? one : several;
}

/* From where `bytes` are read again and again: the first cache that holds them and whose bandwidth is known. */
static source source_of(const mw_machine_file *m, double bytes, unsigned streams)
{
    const struct {
        mw_range kib, gbs, one_stream;
        const char *name;
    } caches[] = {{m->l2, m->l2_gbs, m->l2_stream, "L2"}, {m->l3, m->l3_gbs, m->l3_stream, "L3"}};
    for (size_t i = 0; i < sizeof caches / sizeof *caches; i++)
        if (bytes <= caches[i].kib.value * 1024 && !isnan(caches[i].gbs.value))
            return (source){of_streams(caches[i].gbs, caches[i].one_stream, streams), caches[i].name, false, false};
    const bool at_most = isnan(m->one_core.value);
    return (source){at_most ? m->all : of_streams(m->one_core, m->one_stream, streams),
                    at_most ? "memory (upper limit)" : "memory", at_most, true};
}

/* --- rules --- */

typedef struct times {
    double core, read, all;
    const char *binds;
} times;

static times times_at(const mw_case *of, const work *w, const source *from, mw_rule rule, end e)
{
    const mw_machine_file *m = of->machine;
    const double clock = rate_at(m->clock, e) * 1e9;
    const double loads = w->bytes / (rate_at(m->loads, e) * rate_at(m->bytes, e)) / clock;
    times t = {.core = w->cycles[e] / clock, .read = w->bytes / (rate_at(from->gbs, e) * 1e9)};
    const double apart[MW_RULE_COUNT] = {/* of the core, what reads do not overlap with */
                                         [MW_RULE_ECM] = isfinite(loads) ? loads : 0,
                                         [MW_RULE_SUM] = t.core,
                                         [MW_RULE_ISSUE] = w->issue / clock};
    const double single = fmax(t.core, apart[rule] + t.read) / of->threads;
    const double limit = of->threads > 1 && from->shared ? w->bytes / (rate_at(m->all, e) * 1e9) : 0;
    t.all = fmax(single, limit);
    t.binds = limit > single ? "memory of all cores" : t.core >= t.read ? w->binds : from->name;
    return t;
}

static int check(const mw_case *of, mw_error *err)
{
    const mw_machine_file *m = of->machine;
    if (isnan(m->clock.value))
        return mw_fail(err, -ENOENT, "%s: the machine file has no clock", m->file);
    if (of->threads > m->cores.value)
        return mw_fail(err, -ENOENT, "%s: has no %d cores of this kind", m->file, of->threads);
    return 0;
}

/* By all rules, from the work and where its weights are. */
static int apply(const mw_case *of, const work *w, const source *from, mw_prediction by_rule[MW_RULE_COUNT],
                 mw_error *err)
{
    const mw_machine_file *m = of->machine;
    if (isnan(m->all.value) && (from->at_most || (of->threads > 1 && from->shared)))
        return mw_fail(err, -ENOENT, "%s: the machine file does not say what %s from memory", m->file,
                       of->threads > 1 ? "all cores read" : "a core reads");
    for (mw_rule rule = 0; rule < MW_RULE_COUNT; rule++) {
        const times t = times_at(of, w, from, rule, AS_IT_IS);
        by_rule[rule] = (mw_prediction){
            .per_second = {1 / t.all, 1 / times_at(of, w, from, rule, SLOW).all,
                           1 / times_at(of, w, from, rule, FAST).all},
            .core_s = t.core,
            .read_s = t.read,
            .bytes = w->bytes,
            .at_most = from->at_most,
            .binds = t.binds,
        };
    }
    return 0;
}

int mw_predict_tokens(const mw_case *of, const mw_config *config, const mw_tensor *tensors,
                      mw_prediction by_rule[MW_RULE_COUNT], mw_error *err)
{
    work w;
    int rc = check(of, err);
    if (!rc)
        rc = count(of, config, tensors, &w, err);
    if (rc)
        return rc;
    const source from = source_of(of->machine, w.bytes, of->streams);
    return apply(of, &w, &from, by_rule, err);
}

int mw_predict_gemv(const mw_case *of, mw_dtype dtype, uint32_t rows, uint32_t cols, bool cached,
                    mw_prediction by_rule[MW_RULE_COUNT], mw_error *err)
{
    const mw_machine_file *m = of->machine;
    work w = {.binds = ""};
    int rc = check(of, err);
    if (!rc && cached && (isnan(m->l2.value) || isnan(m->l2_gbs.value)))
        rc = mw_fail(err, -ENOENT, "%s: the machine file does not say what a core reads from L2", m->file);
    if (!rc)
        rc = add(of, dtype, cols, (double)rows * (double)mw_dtype_bytes(dtype, cols), &w, err);
    if (rc)
        return rc;
    const source from = source_of(m, cached ? m->l2.value * 1024 / 2 : INFINITY, of->streams);
    return apply(of, &w, &from, by_rule, err);
}
