#include "bench/predict/predict.h"

#include <errno.h>
#include <math.h>
#include <string.h>

const char *const mw_rule_names[MW_RULE_COUNT] = {"max", "ecm"};

/* Where in its range an input is taken: as it is, or where it makes a token slower or faster. */
typedef enum end { AS_IT_IS, SLOW, FAST, ENDS } end;

static double rate_at(mw_range r, end e) /* of a rate: more is faster */
{
    return e == SLOW ? r.low : e == FAST ? r.high : r.value;
}

static double cost_at(mw_range r, end e)
{
    return e == SLOW ? r.high : e == FAST ? r.low : r.value;
}

/* The weights of a token, and the core's cycles for them. */
typedef struct work {
    double bytes, cycles[ENDS];
    const char *binds; /* the core, at most of the cycles */
    double most;
} work;

/* `rows` rows of a tensor. The embedding row of a token and norms cost bytes, no cycles. */
static int add(const mw_machine_file *m, const mw_csv *in_core, const mw_tensor *t, double rows, const char *kernel,
               const char *compiler, work *w, mw_error *err)
{
    mw_in_core cost;
    const double bytes = rows * (double)mw_dtype_bytes(t->dtype, t->cols);
    w->bytes += bytes;
    if (t->vector || rows <= 1)
        return 0;
    if (!mw_in_core_find(in_core, m->core, mw_dtypes[t->dtype].name, kernel, compiler, t->cols, &cost))
        return mw_fail(err, -ENOENT, "%s: no in-core cycles of kernel %s for %s on core %s", m->file, kernel,
                       mw_dtypes[t->dtype].name, m->core);
    for (end e = 0; e < ENDS; e++)
        w->cycles[e] += bytes / 64 * cost_at(cost.cycles, e);
    if (bytes * cost.cycles.value > w->most) {
        w->most = bytes * cost.cycles.value;
        w->binds = cost.binds;
    }
    return 0;
}

static int count(const mw_machine_file *m, const mw_csv *in_core, const mw_config *c, const mw_tensor *tensors,
                 const char *kernel, const char *compiler, work *w, mw_error *err)
{
    const size_t embedding = mw_embedding_index(c);
    int rc = 0;
    *w = (work){.binds = ""};
    for (size_t i = 0; i < mw_tensor_count(c) && !rc; i++) {
        const bool one_row = i == embedding && !c->shared_classifier;
        if (i != mw_rope_factors_index(c))
            rc = add(m, in_core, &tensors[i], one_row ? 1 : tensors[i].rows, kernel, compiler, w, err);
    }
    return rc;
}

typedef struct times {
    double core, memory, token;
    const char *binds;
} times;

static times times_at(const mw_machine_file *m, const work *w, int threads, mw_rule rule, end e)
{
    const double clock = rate_at(m->clock, e) * 1e9;
    const mw_range one = isnan(m->one_core.value) ? m->all : m->one_core;
    const double loads = w->bytes / (rate_at(m->loads, e) * rate_at(m->bytes, e)) / clock;
    times t = {.core = w->cycles[e] / clock, .memory = w->bytes / (rate_at(one, e) * 1e9)};
    const double memory = rule == MW_RULE_ECM && isfinite(loads) ? t.memory + loads : t.memory;
    const double single = fmax(t.core, memory) / threads;
    const double all = threads > 1 ? w->bytes / (rate_at(m->all, e) * 1e9) : 0;
    t.token = fmax(single, all);
    t.binds = all > single               ? "memory of all cores"
              : t.core >= memory         ? w->binds
              : isnan(m->one_core.value) ? "memory (upper limit)"
                                         : "memory";
    return t;
}

int mw_predict(const mw_machine_file *m, const mw_csv *in_core, const mw_config *config, const mw_tensor *tensors,
               const char *kernel, const char *compiler, int threads, mw_prediction by_rule[MW_RULE_COUNT],
               mw_error *err)
{
    work w;
    if (isnan(m->clock.value))
        return mw_fail(err, -ENOENT, "%s: the machine file has no clock", m->file);
    if (isnan(m->all.value) && (threads > 1 || isnan(m->one_core.value)))
        return mw_fail(err, -ENOENT, "%s: the machine file does not say what %s from memory", m->file,
                       threads > 1 ? "all cores read" : "a core reads");
    if (threads > m->cores.value)
        return mw_fail(err, -ENOENT, "%s: has no %d cores of this kind", m->file, threads);
    int rc = count(m, in_core, config, tensors, kernel, compiler, &w, err);
    if (rc)
        return rc;
    for (mw_rule rule = 0; rule < MW_RULE_COUNT; rule++) {
        const times t = times_at(m, &w, threads, rule, AS_IT_IS);
        by_rule[rule] = (mw_prediction){
            .tokens_per_s = {1 / t.token, 1 / times_at(m, &w, threads, rule, SLOW).token,
                             1 / times_at(m, &w, threads, rule, FAST).token},
            .core_s = t.core,
            .memory_s = t.memory,
            .bytes = w.bytes,
            .at_most = isnan(m->one_core.value),
            .binds = t.binds,
        };
    }
    return 0;
}
