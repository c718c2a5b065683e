#include "bench/units/units.h"

#include "bench/check/check_variant.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int pool_for(mw_units *s, int threads, int *index, mw_error *err)
{
    for (*index = 0; *index < s->n_pools; ++*index)
        if (mw_pool_threads(s->pools[*index]) == threads)
            return 0;
    mw_pool *pool;
    int rc = mw_pool_create(threads, s->session->topology, s->session->cpus, s->session->n_cpus, &pool, err);
    if (rc)
        return rc;
    s->pools[s->n_pools] = pool;
    if (!mw_pool_bound(pool))
        s->session->unbound = true;
    return mw_counters_open(pool, &s->counters[s->n_pools++], err);
}

int mw_units_add(mw_units *s, const mw_variant *v, mw_error *err)
{
    const mw_options *o = s->session->options;
    int first = s->n_units;
    const mw_model *model;
    int found = mw_session_model_for(s->session, v, &model, err);
    if (found)
        return found;
    for (int i = 0; i < o->n_threads; i++) {
        mw_unit u = {.variant = v,
                     .runner = mw_runner_of(v, model),
                     .threads = o->threads[i] ? o->threads[i] : s->session->max_threads,
                     .huge_bytes = MW_UNKNOWN,
                     .weights_resident = MW_UNKNOWN,
                     .resident_bytes = MW_UNKNOWN};
        bool twice = false; /* 1 and max are the same on a single CPU */
        for (int j = first; j < s->n_units; j++)
            twice |= s->units[j].threads == u.threads;
        if (twice)
            continue;
        int rc = pool_for(s, u.threads, &u.pool_index, err);
        if (!rc)
            rc = mw_unit_create(&u, o->tokens, err);
        if (rc)
            return rc;
        u.pool = s->pools[u.pool_index];
        u.counters = s->counters[u.pool_index];
        s->units[s->n_units++] = u;
    }
    return 0;
}

mw_copy *mw_units_copy_for(mw_units *s, const mw_unit *u)
{
    const mw_variant *v = u->variant;
    for (int i = 0; i < s->n_copies; i++)
        if (s->copies[i].layout == v->layout && s->copies[i].load == v->load)
            return &s->copies[i];
    s->copies[s->n_copies] = (mw_copy){.layout = v->layout, .load = v->load, .model = u->runner.model};
    return &s->copies[s->n_copies++];
}

/* Whether an earlier copy maps the same file: its pages are shared. */
static bool counted(const mw_units *s, int index)
{
    for (int i = 0; i < index; i++)
        if (mw_load_maps(s->copies[i].load) && mw_load_maps(s->copies[index].load) &&
            s->copies[i].model == s->copies[index].model)
            return true;
    return false;
}

/* A machine roof has the size of the largest copy, so that it is as much beyond the caches as the weights are. */
static size_t machine_roof_bytes(const mw_units *s)
{
    uint64_t most = 0;
    for (int i = 0; i < s->n_copies; i++) {
        uint64_t bytes = mw_weights_bytes(mw_model_source(s->copies[i].model), s->copies[i].layout, s->copies[i].load);
        most = bytes > most ? bytes : most;
    }
    return most > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)most;
}

/* Refuses what does not fit before any of it is loaded: the machine would swap, or end the process. */
int mw_units_check_memory(mw_units *s, mw_error *err)
{
    const mw_model *m = &s->session->model;
    const uint32_t positions = (uint32_t)mw_session_positions(s->session);
    double need = (double)s->n_units * (double)mw_decoder_arena_bytes(&m->config, positions);
    for (int i = 0; i < s->n_copies; i++)
        if (!counted(s, i))
            need +=
                (double)mw_weights_bytes(mw_model_source(s->copies[i].model), s->copies[i].layout, s->copies[i].load);
    if (s->machine_roofs)
        need += (double)machine_roof_bytes(s);
    int64_t available = mw_memory_available();
    if (available != MW_UNKNOWN && need > (double)available)
        return mw_fail(err, -ENOMEM,
                       "these variants need %.1f GiB of memory at once, %.1f GiB are available; choose fewer "
                       "with --variant, or a smaller --model",
                       need / 0x1p30, (double)available / 0x1p30);
    return 0;
}

int mw_units_open(mw_units *s, mw_session *session, const mw_variant *variants, int n, mw_error *err)
{
    s->session = session;
    s->units = calloc((size_t)n * MW_MAX_THREAD_COUNTS, sizeof *s->units);
    int rc = s->units ? 0 : mw_fail(err, -ENOMEM, "no memory for %d variants", n);
    for (int i = 0; i < n && !rc; i++) {
        mw_error why;
        mw_progress_say(&session->progress, "checking %s", variants[i].name);
        if (mw_check_variant(&session->model.config, &variants[i], &why)) {
            mw_progress_clear(&session->progress);
            fprintf(stderr, "bench: %s is not measured: %s\n", variants[i].name, why.text);
            s->check_failed = true;
            continue;
        }
        rc = mw_units_add(s, &variants[i], err);
    }
    for (int i = 0; i < s->n_units; i++)
        mw_units_copy_for(s, &s->units[i])->users++;
    return rc ? rc : mw_units_check_memory(s, err);
}

int mw_units_keep_unavailable(mw_units *s, mw_unit *u, int rc, const mw_error *err)
{
    if (rc != -ENOTSUP)
        return rc;
    mw_progress_clear(&s->session->progress);
    if (s->session->rep == 1 && !u->unavailable)
        fprintf(stderr, "bench: %s is unavailable: %s\n", u->variant->name, err->text);
    u->unavailable = true;
    return 0;
}

int mw_units_start(mw_units *s, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < s->n_units && !rc; i++) {
        mw_unit *u = &s->units[i];
        mw_copy *c = mw_units_copy_for(s, u);
        mw_progress_say(&s->session->progress, "loading %s", u->variant->name);
        if (!c->weights && !u->unavailable)
            rc = mw_units_keep_unavailable(
                s, u, mw_weights_open(mw_model_source(c->model), c->layout, c->load, &c->weights, err), err);
        mw_runner_lend(&u->runner, c->weights);
        if (!rc && !u->unavailable)
            rc = mw_unit_start(u, s->session, err);
        if (!rc && mw_interrupted())
            rc = mw_fail(err, -EINTR, "interrupted");
    }
    return rc;
}

/* The first process lets all of the family race and notes which are the fastest; the others race these alone. Each
 * chooses for itself, so that the luck of a choice counts as noise between processes. */
static void settle_read(mw_units *s, mw_roof *roof)
{
    mw_session *session = s->session;
    const size_t index = (size_t)s->n_roofs++;
    unsigned reads[MW_MOST_READS];
    int n = 0;
    if ((index + 1) * MW_SHORTLIST <= strlen(session->reads))
        for (; n < MW_SHORTLIST; n++)
            reads[n] = (unsigned)(session->reads[index * MW_SHORTLIST + (size_t)n] - MW_FIRST_READ);
    else
        for (; n < (int)mw_reads(); n++)
            reads[n] = (unsigned)n;
    mw_roof_choose(roof, reads, n, session->options->seed + (uint64_t)session->rep * 1000 + index);
    for (int i = 0; n > MW_SHORTLIST && i < MW_SHORTLIST && index < MW_MAX_ROOFS; i++)
        session->reads[index * MW_SHORTLIST + (size_t)i] = (char)(MW_FIRST_READ + (int)reads[i]);
}

/* Without huge pages there is no machine roof, which is no error. */
static int raise_machine_roofs(mw_units *s, mw_error *err)
{
    s->huge_bytes = machine_roof_bytes(s);
    s->huge = mw_pages_alloc_huge(s->huge_bytes);
    if (!s->huge)
        return 0;
    memset(s->huge, 1, s->huge_bytes); /* pages that were never written are all the same one */
    int rc = 0;
    for (int i = 0; i < s->n_pools && !rc; i++) {
        mw_unit *m = &s->machine[i];
        m->threads = mw_pool_threads(s->pools[i]);
        rc = mw_unit_create(m, s->session->options->tokens, err);
        if (!rc)
            rc = mw_roof_of_block(s->huge, s->huge_bytes, s->pools[i], &m->roof, err);
        if (!rc) {
            settle_read(s, m->roof);
            m->roof_read = mw_roof_read(m->roof);
        }
    }
    return rc;
}

int mw_units_raise_roofs(mw_units *s, mw_error *err)
{
    for (int i = 0; i < s->n_units; i++) {
        mw_unit *u = &s->units[i];
        if (u->unavailable)
            continue;
        mw_roof **roof = &mw_units_copy_for(s, u)->roofs[u->pool_index];
        if (!*roof) {
            mw_progress_say(&s->session->progress, "looking for the roof of %s", u->variant->name);
            int rc = mw_roof_of_weights(&u->runner.model->config, u->runner.weights, u->pool, roof, err);
            if (rc)
                return rc;
            settle_read(s, *roof);
        }
        u->roof = *roof;
        u->roof_read = mw_roof_read(u->roof);
    }
    return s->machine_roofs ? raise_machine_roofs(s, err) : 0;
}

static void close_copy(mw_copy *c)
{
    for (int i = 0; i < MW_MAX_THREAD_COUNTS; i++) {
        mw_roof_free(c->roofs[i]);
        c->roofs[i] = NULL;
    }
    mw_weights_close(c->weights);
    c->weights = NULL;
}

void mw_units_release(mw_units *s, mw_unit *u)
{
    mw_runner_unload(&u->runner);
    u->roof = NULL;
    mw_copy *c = mw_units_copy_for(s, u);
    if (--c->users == 0)
        close_copy(c);
}

void mw_units_close(mw_units *s)
{
    for (int i = 0; i < s->n_units; i++)
        mw_unit_free(&s->units[i]);
    for (int i = 0; i < s->n_copies; i++)
        close_copy(&s->copies[i]);
    for (int i = 0; i < s->n_pools; i++) {
        mw_roof_free(s->machine[i].roof);
        mw_unit_free(&s->machine[i]);
        mw_counters_close(s->counters[i]);
        mw_pool_free(s->pools[i]);
    }
    if (s->huge)
        mw_pages_free(s->huge, s->huge_bytes);
    free(s->units);
}

int mw_units_end(mw_units *s, int rc, mw_error *err)
{
    mw_progress_clear(&s->session->progress);
    mw_units_close(s);
    if (!rc && s->check_failed)
        rc = mw_fail(err, -EDOM, "a kernel failed its check and was not measured; run the tests for details");
    return rc;
}
