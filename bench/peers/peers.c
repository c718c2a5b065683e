#include "bench/peers/peers.h"

#include "bench/run/rounds.h"
#include "bench/run/summary.h"
#include "engine/cache.h"
#include "engine/gguf.h"
#include "platform/cli.h"
#include "platform/quote.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* --- peers --- */

#define LETTERS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

int mw_peer_parse(const char *text, mw_peer_spec *peer, mw_error *err)
{
    const char *colon = strchr(text, ':');
    if (!colon)
        return mw_fail(err, -EINVAL, "--peer=%.64s: no colon; give NAME:COMMAND", text);
    const size_t n = (size_t)(colon - text);
    if (n < 1 || n > MW_PEER_NAME || strspn(text, LETTERS "._+-") != n)
        return mw_fail(
            err, -EINVAL,
            "--peer=%.64s: its name has to be 1 to %d letters, digits, dots, dashes, underlines or plus signs", text,
            MW_PEER_NAME);
    if (colon[1 + strspn(colon + 1, " \t\n")] == '\0')
        return mw_fail(err, -EINVAL, "--peer=%.64s: no command after the colon; give NAME:COMMAND", text);
    *peer = (mw_peer_spec){.command = colon + 1,
                           .model = strstr(colon, "{model}") != NULL,
                           .gguf = strstr(colon, "{gguf}") != NULL,
                           .threads = strstr(colon, "{threads}") != NULL};
    memcpy(peer->name, text, n);
    return 0;
}

char *mw_peer_command(const mw_peer_spec *peer, const char *model, const char *gguf, uint64_t prompt, uint64_t tokens,
                      int threads)
{
    char p[24], n[24], t[24];
    snprintf(p, sizeof p, "%llu", (unsigned long long)prompt);
    snprintf(n, sizeof n, "%llu", (unsigned long long)tokens);
    snprintf(t, sizeof t, "%d", threads);
    return mw_quote_fill(
        peer->command,
        (const mw_quote_value[]){{"model", model}, {"gguf", gguf}, {"prompt", p}, {"tokens", n}, {"threads", t}, {0}});
}

/* --- who takes part --- */

static int check_peers(const mw_peers *p, const mw_variant *variants, int n, mw_error *err)
{
    const mw_model *m = &p->session->model;
    for (int i = 0; i < p->own->n_peers; i++) {
        const mw_peer_spec *peer = &p->own->peers[i];
        for (int v = 0; v < n; v++)
            if (strcmp(variants[v].name, peer->name) == 0)
                return mw_fail(err, -EINVAL, "--peer=%s:...: memwall has a variant of this name; choose another name",
                               peer->name);
        if ((peer->model || peer->gguf) && m->layout->id != MW_LAYOUT_ROWMAJOR)
            return mw_fail(err, -EINVAL, "%s: is packed for this program alone; give the checkpoint", m->file.path);
    }
    return 0;
}

/* A whole path, because a command may change its folder. */
static int find_whole(const char *path, char whole[PATH_MAX], mw_error *err)
{
    return realpath(path, whole)
               ? 0
               : mw_fail(err, -errno, "%s: has no path that a peer could be given: %s", path, strerror(errno));
}

/* The GGUF file of peers: the model itself if it is one, else a copy in the cache folder, as the only dtype of --dtype
 * or as f32. */
static int find_gguf(mw_peers *p, mw_error *err)
{
    mw_session *s = p->session;
    const mw_options *o = s->options;
    char made[512], tokenizer[512];
    if (mw_model_is_gguf(&s->model))
        return find_whole(s->model.file.path, p->gguf, err);
    int rc = o->tokenizer ? mw_cache_find(o->tokenizer, tokenizer, sizeof tokenizer, err) : 0;
    if (!rc)
        rc = mw_gguf_cached(&s->model, o->n_dtypes == 1 ? o->dtypes[0] : MW_F32, o->tokenizer ? tokenizer : NULL,
                            mw_progress_bytes, &s->progress, made, sizeof made, err);
    return rc ? rc : find_whole(made, p->gguf, err);
}

static int find_files(mw_peers *p, mw_error *err)
{
    bool gguf = false;
    for (int i = 0; i < p->own->n_peers; i++)
        gguf |= p->own->peers[i].gguf;
    int rc = find_whole(p->session->model.file.path, p->model, err);
    return !rc && gguf ? find_gguf(p, err) : rc;
}

static int add_peers(mw_peers *p, mw_error *err)
{
    int counts[MW_MAX_THREAD_COUNTS];
    const int n_counts = mw_plan_threads(p->session, counts);
    int rc = find_files(p, err);
    for (int i = 0; i < p->own->n_peers; i++) {
        const mw_peer_spec *peer = &p->own->peers[i];
        for (int k = 0; k < (peer->threads ? n_counts : 1) && !rc; k++) {
            const int threads = peer->threads ? counts[k] : 0;
            char *command =
                mw_peer_command(peer, p->model, p->gguf, p->own->prompt.of[0], p->session->options->tokens, threads);
            p->contenders[p->n++] = (mw_contender){.name = peer->name,
                                                   .threads = threads,
                                                   .command = command,
                                                   .roof = MW_NO_PEER_ROOF,
                                                   .model = peer->gguf    ? p->gguf
                                                            : peer->model ? p->model
                                                                          : NULL};
            if (!command)
                rc = mw_fail(err, -ENOMEM, "no memory for the command of peer %s", peer->name);
        }
    }
    return rc;
}

static int make_plan(mw_peers *p, const mw_variant *variants, int n, mw_error *err)
{
    mw_session *s = p->session;
    const mw_options *o = s->options;
    int rc = check_peers(p, variants, n, err);
    if (!rc && p->own->prompt.of[0] - 1 + o->tokens > s->model.config.seq_len)
        rc = mw_fail(err, -EINVAL,
                     "%zu prompt tokens and %llu new ones do not fit into the model's %u positions; use fewer "
                     "--prompt-tokens or --tokens",
                     p->own->prompt.of[0], (unsigned long long)o->tokens, s->model.config.seq_len);
    if (!rc)
        rc = mw_plan_make(&p->plan, s, variants, n, err);
    for (int i = 0; i < p->plan.n && !rc; i++) {
        const mw_planned *of = &p->plan.of[i];
        p->contenders[p->n++] = (mw_contender){.name = of->variant->name,
                                               .variant = of->variant,
                                               .roof = MW_NO_PEER_ROOF,
                                               .threads = of->threads,
                                               .model = of->model->file.path};
    }
    if (!rc)
        rc = add_peers(p, err);
    for (size_t i = 0; i < p->n && !rc; i++)
        rc = mw_peer_roof_open(p, &p->contenders[i], err);
    return rc;
}

/* --- rounds --- */

static int all_rounds(mw_peers *p, mw_error *err)
{
    mw_rounds r = {.session = p->session, .items = p->n, .rounds = (size_t)p->session->options->reps, .noun = "rounds"};
    int rc = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        mw_turn turn = {.of = &p->contenders[r.item], .round = r.round, .place = r.place};
        char title[128];
        mw_progress_say(&p->session->progress, "round %zu of %zu, %zu of %zu: %s", r.round + 1, r.rounds, r.place + 1,
                        r.items, mw_contender_title(turn.of, title));
        rc = mw_turn_take(p, &turn, err);
        if (!rc && mw_rounds_last(&r))
            mw_peers_record_ratios(p, r.round);
    }
    return rc;
}

/* -EDOM if some peer was never counted. */
static int check_all_counted(const mw_peers *p, mw_error *err)
{
    char names[256] = "", title[128];
    for (const mw_contender *c = p->contenders; c < p->contenders + p->n; c++) {
        const size_t used = strlen(names);
        if (!c->counted)
            snprintf(names + used, sizeof names - used, "%s%s", used ? "; " : "", mw_contender_title(c, title));
    }
    return *names ? mw_fail(err, -EDOM, "never gave a number: %s; the warnings say why", names) : 0;
}

/* Fills results.csv, tokens.csv and blocks.csv. -EDOM if a kernel failed its check or a peer never gave a number, with
 * the rest measured. */
static int run(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    static mw_peers p;
    p = (mw_peers){.session = s, .own = s->options->own};
    int rc = make_plan(&p, variants, n, err);
    if (!rc)
        rc = all_rounds(&p, err);
    mw_progress_clear(&s->progress);
    if (!rc)
        rc = check_all_counted(&p, err);
    for (size_t i = 0; i < p.n; i++) {
        free(p.contenders[i].command);
        mw_peer_roof_close(&p.contenders[i].roof);
    }
    return mw_plan_close(&p.plan, rc, err);
}

/* A program that does not read the file that it was given, or not all of it, has another roof. */
static int conclude(mw_session *s, mw_error *err)
{
    (void)err;
    const mw_filter f = {.metric = "roof_fraction"};
    for (mw_row r = {0}; mw_rows_next(&s->results, &f, &r);)
        if (r.value > MW_ROOF_FRACTION_MOST)
            mw_session_warn(s,
                            "%s (threads: %d) seems to reach %.2f of the roof of its file: that is not what it reads, "
                            "or the roof was measured badly",
                            r.variant, r.threads, r.value);
    return 0;
}

/* --- the suite --- */

static int add_peer(void *own, const char *text, mw_error *err)
{
    mw_peers_options *o = own;
    mw_peer_spec peer;
    int rc = mw_peer_parse(text, &peer, err);
    if (!rc && o->n_peers == MW_MAX_PEERS)
        rc = mw_fail(err, -EINVAL, "--peer: more than %d peers", MW_MAX_PEERS);
    for (int i = 0; i < o->n_peers && !rc; i++)
        if (strcmp(o->peers[i].name, peer.name) == 0)
            rc = mw_fail(err, -EINVAL, "--peer: two peers are called %s; give each a name of its own", peer.name);
    if (!rc)
        o->peers[o->n_peers++] = peer;
    return rc;
}

static int set_limit(void *own, const char *value, mw_error *err)
{
    mw_peers_options *o = own;
    return mw_cli_number("peer-limit", value, 0.1, 1e6, &o->limit, err);
}

static int set_prompt(void *own, const char *value, mw_error *err)
{
    mw_peers_options *o = own;
    return mw_numbers_parse("prompt-tokens", value, 1, 1 << 16, &o->prompt, err);
}

static const mw_suite_option options[] = {
    {"peer", "NAME:CMD", "another program, run by sh; repeatable", add_peer},
    {"peer-limit", "S", "seconds that a program may take (600)", set_limit},
    {"prompt-tokens", "LIST", "prompt lengths (1,64; peers: 1)", set_prompt},
    {0},
};

static int complete(mw_options *options_of_run, mw_error *err)
{
    mw_peers_options *o = options_of_run->own;
    if (o->n_peers == 0)
        return mw_fail(err, -EINVAL, "suite peers needs --peer=NAME:COMMAND, once for each program");
    if (o->prompt.n > 1)
        return mw_fail(err, -EINVAL, "--prompt-tokens: suite peers takes one length");
    if (o->prompt.n == 0)
        o->prompt = (mw_numbers){{1}, 1};
    if (o->limit == 0)
        o->limit = 600;
    return 0;
}

static const mw_refusal refusals[] = {
    {"prompt", "every program starts without a prompt"},
    {0},
};

const mw_suite mw_suite_peers = {
    .name = "peers",
    .help = "other programs compared with memwall",
    .processes = MW_OWN_PROCESSES,
    .native = true,
    .options = options,
    .own_bytes = sizeof(mw_peers_options),
    .refuses = refusals,
    .variants = "tvl,native", /* next to other programs only our best counts */
    .tokens = 128,            /* who starts a program for one number lets it run longer */
    .row_major = true,
    .complete = complete,
    .run = run,
    .run_job = mw_turn_run,
    .roofs_apart = true,
    .conclude = conclude,
    .report = mw_peers_report,
};
