/* The roof of a contender in suite `peers`: the pages of its model file, which this process maps as well, swept right
 * before and right after each of its turns.
 *
 * That is the roof of a program that maps its file and reads it where it is. One that makes a copy of its own is still
 * held against the file's pages. */
#include "bench/peers/peers.h"

#include <errno.h>
#include <string.h>

/* Takes over what an earlier contender that reads the same pages has mapped, and, if it has as many threads, chosen. */
static void borrow(const mw_peers *p, mw_contender *c, mw_load load)
{
    for (const mw_contender *o = p->contenders; o < c; o++) {
        if (!o->roof.weights || o->roof.weights->load != load || strcmp(o->model, c->model) != 0)
            continue;
        if (!c->roof.lent) {
            c->roof = o->roof;
            c->roof.lent = true;
            c->roof.read = -1;
        }
        if (o->threads == c->threads)
            c->roof.read = o->roof.read;
    }
}

/* Calls what is to be done with a roof over the contender's pages and its pool. A pool binds its caller, and whatever
 * this process starts would inherit that; so there is one only while it sweeps. */
static int with_roof(const mw_peers *p, mw_contender *c, void (*act)(mw_roof *roof, mw_peer_roof *of, void *arg),
                     void *arg, mw_error *err)
{
    const mw_session *s = p->session;
    mw_pool *pool;
    mw_roof *roof = NULL;
    int rc = mw_pool_create(c->threads, s->topology, s->cpus, s->n_cpus, &pool, err);
    if (!rc)
        rc = mw_roof_of_weights(&c->roof.model->config, c->roof.weights, pool, &roof, err);
    if (!rc)
        act(roof, &c->roof, arg);
    mw_roof_free(roof);
    mw_pool_free(pool);
    mw_topology_unbind(s->topology);
    return !rc && mw_interrupted() ? mw_fail(err, -EINTR, "interrupted") : rc;
}

static void choose(mw_roof *roof, mw_peer_roof *of, void *seed)
{
    unsigned reads[MW_MOST_READS];
    const int n = (int)mw_reads();
    for (int i = 0; i < n; i++)
        reads[i] = (unsigned)i;
    mw_roof_choose(roof, reads, n, *(const uint64_t *)seed);
    of->read = (int)mw_roof_read(roof);
}

int mw_peer_roof_open(const mw_peers *p, mw_contender *c, mw_error *err)
{
    mw_peer_roof *r = &c->roof;
    const mw_variant *v = c->variant;
    if (c->threads == 0 || !c->model || (v && !mw_load_maps(v->load)))
        return 0;
    const mw_load load = v ? v->load : MW_LOAD_MMAP;
    borrow(p, c, load);
    int rc = r->lent ? 0 : mw_model_open(c->model, NULL, NULL, &r->file, err);
    if (!rc && !r->lent) {
        r->model = &r->file;
        rc = mw_weights_open(mw_model_source(r->model), r->model->layout, load, &r->weights, err);
    }
    if (rc)
        return rc;
    r->bytes = (double)mw_model_swept_bytes(&r->model->config, r->weights);
    uint64_t seed = p->session->options->seed;
    char title[128];
    mw_progress_say(&p->session->progress, "looking for the roof of %s", mw_contender_title(c, title));
    return r->read < 0 ? with_roof(p, c, choose, &seed, err) : 0;
}

void mw_peer_roof_close(mw_peer_roof *r)
{
    if (r->lent)
        return;
    mw_weights_close(r->weights);
    mw_model_close(&r->file);
}

static void sweep(mw_roof *roof, mw_peer_roof *of, void *arg)
{
    mw_turn *t = arg;
    for (int i = 0; i < MW_PEER_SWEEPS && !mw_interrupted(); i++)
        t->sweeps_gbs[t->n_sweeps++] = (double)mw_roof_bytes(roof) / mw_roof_sweep(roof, (unsigned)of->read);
}

int mw_peer_roof_sweep(const mw_peers *p, mw_turn *t, mw_error *err)
{
    return t->of->roof.weights ? with_roof(p, t->of, sweep, t, err) : 0;
}
