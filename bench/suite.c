#include "bench/suite.h"

#include <errno.h>
#include <stdlib.h>

static int pool_for(mw_suite *s, int threads, mw_pool **pool, mw_error *err)
{
    for (int i = 0; i < s->n_pools; i++)
        if (s->pool_threads[i] == threads) {
            *pool = s->pools[i];
            return 0;
        }
    int rc = mw_pool_create(threads, s->session->topology, s->session->cpus, s->session->n_cpus, pool, err);
    if (!rc) {
        s->session->unbound |= !mw_pool_bound(*pool);
        s->pools[s->n_pools] = *pool;
        s->pool_threads[s->n_pools++] = threads;
    }
    return rc;
}

int mw_suite_add_units(mw_suite *s, const mw_variant *v, mw_error *err)
{
    const mw_options *o = s->session->options;
    int first = s->n_units;
    const mw_model *model;
    int found = mw_session_model_for(s->session, v, &model, err);
    if (found)
        return found;
    for (int i = 0; i < o->n_threads; i++) {
        mw_unit u = {.variant = v,
                     .model = model,
                     .threads = o->threads[i] ? o->threads[i] : s->session->max_threads,
                     .huge_bytes = MW_UNKNOWN,
                     .weights_resident = MW_UNKNOWN,
                     .resident_bytes = MW_UNKNOWN};
        bool twice = false; /* 1 and max are the same on a single CPU */
        for (int j = first; j < s->n_units; j++)
            twice |= s->units[j].threads == u.threads;
        if (twice)
            continue;
        int rc = pool_for(s, u.threads, &u.pool, err);
        if (rc)
            return rc;
        u.samples = calloc(o->tokens, sizeof *u.samples);
        if (!u.samples)
            return mw_fail(err, -ENOMEM, "no memory for %llu samples; use fewer --tokens",
                           (unsigned long long)o->tokens);
        s->units[s->n_units++] = u;
    }
    return 0;
}

mw_copy *mw_suite_copy_for(mw_suite *s, const mw_unit *u)
{
    const mw_variant *v = u->variant;
    for (int i = 0; i < s->n_copies; i++)
        if (s->copies[i].layout == v->layout && s->copies[i].load == v->load)
            return &s->copies[i];
    s->copies[s->n_copies] = (mw_copy){.layout = v->layout, .load = v->load, .model = u->model};
    return &s->copies[s->n_copies++];
}

/* Whether an earlier copy maps the same file: its pages are shared. */
static bool counted(const mw_suite *s, int index)
{
    for (int i = 0; i < index; i++)
        if (mw_load_maps(s->copies[i].load) && mw_load_maps(s->copies[index].load) &&
            s->copies[i].model == s->copies[index].model)
            return true;
    return false;
}

/* Refuses what does not fit before any of it is loaded: the machine would swap, or end the process. */
int mw_suite_check_memory(mw_suite *s, mw_error *err)
{
    const mw_model *m = &s->session->model;
    const uint32_t positions = (uint32_t)(s->session->n_prompt - 1 + s->session->options->tokens);
    double need = (double)s->n_units * (double)mw_decoder_arena_bytes(&m->config, positions);
    for (int i = 0; i < s->n_copies; i++)
        if (!counted(s, i))
            need +=
                (double)mw_weights_bytes(mw_model_source(s->copies[i].model), s->copies[i].layout, s->copies[i].load);
    int64_t available = mw_memory_available();
    if (available != MW_UNKNOWN && need > (double)available)
        return mw_fail(err, -ENOMEM,
                       "these variants need %.1f GiB of memory at once, %.1f GiB are available; choose fewer "
                       "with --variant, or a smaller --model",
                       need / 0x1p30, (double)available / 0x1p30);
    return 0;
}

void mw_suite_release(mw_suite *s, mw_unit *u)
{
    mw_decoder_free(u->decoder);
    u->decoder = NULL;
    u->weights = NULL;
    mw_copy *c = mw_suite_copy_for(s, u);
    if (--c->users == 0) {
        mw_weights_close(c->weights);
        c->weights = NULL;
    }
}

void mw_suite_close(mw_suite *s)
{
    for (int i = 0; i < s->n_units; i++) {
        mw_decoder_free(s->units[i].decoder);
        free(s->units[i].samples);
    }
    for (int i = 0; i < s->n_copies; i++)
        mw_weights_close(s->copies[i].weights);
    for (int i = 0; i < s->n_pools; i++)
        mw_pool_free(s->pools[i]);
    free(s->units);
}
