#include "bench/units/units.h"

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

/* The copy of the weights that a unit decodes from; not yet loaded when first asked for. */
static mw_copy *copy_for(mw_units *s, const mw_unit *u)
{
    const mw_variant *v = u->variant;
    for (int i = 0; i < s->n_copies; i++)
        if (s->copies[i].variant->layout == v->layout && s->copies[i].variant->load == v->load &&
            s->copies[i].variant->placement == v->placement && s->copies[i].variant->gemv->dtype == v->gemv->dtype)
            return &s->copies[i];
    s->copies[s->n_copies] = (mw_copy){.variant = v, .model = u->runner.model};
    return &s->copies[s->n_copies++];
}

static int add_unit(mw_units *s, const mw_planned *p, mw_error *err)
{
    mw_unit u = {.variant = p->variant,
                 .runner = mw_runner_of(p->variant, p->model),
                 .threads = p->threads,
                 .huge_bytes = MW_UNKNOWN,
                 .weights_resident = MW_UNKNOWN,
                 .resident_bytes = MW_UNKNOWN};
    int rc = pool_for(s, u.threads, &u.pool_index, err);
    if (!rc)
        rc = mw_unit_create(&u, s->session->options->tokens, err);
    if (rc)
        return rc;
    u.pool = s->pools[u.pool_index];
    u.counters = s->counters[u.pool_index];
    u.energy = s->energy;
    s->units[s->n_units++] = u;
    copy_for(s, &u)->users++;
    return 0;
}

/* Whether an earlier copy maps the same file: its pages are shared. */
static bool counted(const mw_units *s, int index)
{
    for (int i = 0; i < index; i++)
        if (mw_load_maps(s->copies[i].variant->load) && mw_load_maps(s->copies[index].variant->load) &&
            s->copies[i].model == s->copies[index].model)
            return true;
    return false;
}

/* Refuses what does not fit before any of it is loaded: the machine would swap, or end the process. A machine roof has
 * the size of the largest copy, so that it is as much beyond the caches as the weights are. */
static int check_memory(mw_units *s, mw_error *err)
{
    const mw_model *m = &s->session->model;
    const uint32_t positions = (uint32_t)mw_session_positions(s->session);
    double need = (double)s->n_units * (double)mw_decoder_arena_bytes(&m->config, positions);
    uint64_t most = 0;
    for (int i = 0; i < s->n_copies; i++) {
        const mw_copy *c = &s->copies[i];
        const uint64_t bytes =
            mw_weights_bytes(mw_runner_source(c->model, c->variant), c->variant->layout, c->variant->load);
        most = bytes > most ? bytes : most;
        need += counted(s, i) ? 0 : (double)bytes;
    }
    s->huge_bytes = !s->machine_roofs ? 0 : most > SIZE_MAX / 2 ? SIZE_MAX / 2 : (size_t)most;
    mw_error why;
    const int rc = mw_plan_memory("these variants need", need + (double)s->huge_bytes, 1, &why);
    return rc ? mw_fail(err, rc, "%s; choose fewer with --variant, or a smaller --model", why.text) : 0;
}

int mw_units_open(mw_units *s, mw_session *session, const mw_variant *variants, int n, mw_error *err)
{
    s->session = session;
    int rc = mw_plan_make(&s->plan, session, variants, s->lone ? 1 : n, err);
    if (s->lone && s->plan.n > 1)
        s->plan.n = 1;
    s->units = calloc((size_t)s->plan.n + 1, sizeof *s->units);
    if (!rc && !s->units)
        rc = mw_fail(err, -ENOMEM, "no memory for %d variants", s->plan.n);
    if (!rc)
        rc = mw_energy_open("", &s->energy, err);
    for (int i = 0; i < s->plan.n && !rc; i++)
        rc = add_unit(s, &s->plan.of[i], err);
    return rc ? rc : check_memory(s, err);
}

int mw_units_keep_unavailable(mw_units *s, mw_unit *u, int rc, const mw_error *err)
{
    if (rc != -ENOTSUP || s->lone)
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
        mw_copy *c = copy_for(s, u);
        mw_progress_say(&s->session->progress, "loading %s", u->variant->name);
        if (!c->weights && !u->unavailable) {
            rc = mw_units_keep_unavailable(s, u, mw_runner_load(&u->runner, err), err);
            c->weights = u->runner.weights;
        }
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
        mw_roof **roof = &copy_for(s, u)->roofs[u->pool_index];
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
    mw_copy *c = copy_for(s, u);
    if (--c->users == 0)
        close_copy(c);
}

int mw_units_end(mw_units *s, int rc, mw_error *err)
{
    mw_progress_clear(&s->session->progress);
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
    mw_energy_close(s->energy);
    free(s->units);
    return mw_plan_close(&s->plan, rc, err);
}
