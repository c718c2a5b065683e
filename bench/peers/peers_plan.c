/* Who takes part in suite peers. */
#include "bench/peers/peers.h"
#include "engine/cache.h"
#include "engine/gguf.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

static int read_list(mw_peers *p, const mw_variant *variants, int n, mw_error *err)
{
    const mw_model *m = &p->session->model;
    for (int i = 0; i < p->own->n_peers; i++) {
        int rc = mw_peer_parse(p->own->peers[i], &p->list[i], err);
        if (rc)
            return rc;
        for (int v = 0; v < n; v++)
            if (strcmp(variants[v].name, p->list[i].name) == 0)
                return mw_fail(err, -EINVAL, "--peer=%s:...: a variant of ours is called so; choose another name",
                               p->list[i].name);
        if ((p->list[i].model || p->list[i].gguf) && m->layout->id != MW_LAYOUT_ROWMAJOR)
            return mw_fail(err, -EINVAL, "%s: is packed for this program alone; give the checkpoint", m->file.path);
    }
    return 0;
}

static void add(mw_peers *p, mw_contender c)
{
    p->contenders[p->n++] = c;
}

static int add_peer(mw_peers *p, const mw_peer_spec *peer, const mw_peer_values *paths, mw_error *err)
{
    const mw_session *s = p->session;
    int threads[MW_MAX_THREAD_COUNTS] = {0};
    const int n = peer->threads ? mw_plan_threads(s, threads) : 1;
    for (int i = 0; i < n; i++) {
        mw_peer_values v = *paths;
        v.threads = threads[i];
        char *command = mw_peer_command(peer, &v);
        if (!command)
            return mw_fail(err, -ENOMEM, "no memory for the command of peer %s", peer->name);
        add(p, (mw_contender){.peer = peer, .threads = v.threads, .command = command});
    }
    return 0;
}

/* The files that peers are given: whole paths, because a command may change its folder. */
static int add_peers(mw_peers *p, mw_error *err)
{
    mw_session *s = p->session;
    const mw_options *o = s->options;
    char model[PATH_MAX], gguf[512], whole[PATH_MAX], tokenizer[512];
    bool wanted = false;
    int rc = realpath(s->model.file.path, model) ? 0 : -errno;
    if (rc)
        return mw_fail(err, rc, "%s: has no path that could be told to a peer: %s", s->model.file.path, strerror(-rc));
    for (int i = 0; i < p->own->n_peers; i++)
        wanted |= p->list[i].gguf;
    if (wanted && o->tokenizer)
        rc = mw_cache_find(o->tokenizer, tokenizer, sizeof tokenizer, err);
    if (wanted && !rc)
        rc = mw_gguf_cached(&s->model, o->tokenizer ? tokenizer : NULL, mw_progress_bytes, &s->progress, gguf,
                            sizeof gguf, err);
    if (rc)
        return rc;
    if (wanted && !realpath(gguf, whole))
        return mw_fail(err, -errno, "%s: has no path that could be told to a peer: %s", gguf, strerror(errno));
    for (int i = 0; i < p->own->n_peers && !rc; i++)
        rc = add_peer(
            p, &p->list[i],
            &(mw_peer_values){
                .model = model, .gguf = wanted ? whole : NULL, .prompt = p->own->prompt.of[0], .tokens = o->tokens},
            err);
    return rc;
}

int mw_peers_plan(mw_peers *p, const mw_variant *variants, int n, mw_error *err)
{
    mw_session *s = p->session;
    const mw_options *o = s->options;
    int rc = read_list(p, variants, n, err);
    if (!rc && p->own->prompt.of[0] - 1 + o->tokens > s->model.config.seq_len)
        rc = mw_fail(err, -EINVAL,
                     "%zu prompt tokens and %llu new ones do not fit into the model's %u positions; use fewer "
                     "--prompt-tokens or --tokens",
                     p->own->prompt.of[0], (unsigned long long)o->tokens, s->model.config.seq_len);
    p->contenders = calloc((size_t)(n + p->own->n_peers) * MW_MAX_THREAD_COUNTS, sizeof *p->contenders);
    if (!rc && !p->contenders)
        rc = mw_fail(err, -ENOMEM, "no memory for the list of programs");
    if (!rc)
        rc = mw_plan_make(&p->plan, s, variants, n, err);
    for (int i = 0; i < p->plan.n && !rc; i++) {
        const mw_planned *of = &p->plan.of[i];
        add(p, (mw_contender){.variant = of->variant, .threads = of->threads, .model = of->model->file.path});
    }
    return rc ? rc : add_peers(p, err);
}
