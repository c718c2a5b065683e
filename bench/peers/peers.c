#include "bench/peers/peers.h"
#include "bench/run/suite.h"
#include "platform/cli.h"

#include "bench/peers/turn.h"
#include "bench/run/job.h"
#include "bench/run/rounds.h"
#include "platform/counters.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* "llama.cpp, 2 threads" */
static const char *title_of(const mw_contender *c, char text[128])
{
    if (c->threads)
        snprintf(text, 128, "%s, %d thread%s", mw_contender_name(c), c->threads, c->threads == 1 ? "" : "s");
    else
        snprintf(text, 128, "%s", mw_contender_name(c));
    return text;
}

/* --- a turn --- */

/* Why a program's turn is not counted; false if it is. */
static bool failed(const mw_peers *p, const mw_child_end *o, bool number, char *why, size_t size)
{
    if (o->late)
        snprintf(why, size, "took more than %g s (--peer-limit)", p->own->limit);
    else if (o->flooded)
        snprintf(why, size, "wrote more than %d MiB", MW_CHILD_MOST >> 20);
    else if (o->status > 128)
        snprintf(why, size, "was ended by signal %d", o->status - 128);
    else if (o->status != 0)
        snprintf(why, size, "exit code %d", o->status);
    else if (!number)
        snprintf(why, size, "printed no tokens per second that this program knows");
    else
        return false;
    return true;
}

/* A turn of ours that fails is the end of the run: its message has said why. */
static int own_failure(const mw_contender *c, const mw_job_end *end, const char *why, mw_error *err)
{
    const int rc = end->child.status == 1 ? -EDOM : -EINVAL;
    return end->said && !end->child.late && !end->child.flooded
               ? mw_fail(err, rc, "%s", end->why)
               : mw_fail(err, rc, "%s: its process %s", c->variant->name, why);
}

/* Starts a peer's command, or this program for a variant of ours. */
static int start_turn(const mw_peers *p, const mw_contender *c, mw_job_end *end, mw_error *err)
{
    const mw_session *s = p->session;
    const mw_options *o = s->options;
    char word[] = "turn"; /* for those who look at a list of processes */
    *end = (mw_job_end){.child = {.status = -1}};
    if (c->peer)
        return mw_child_run(&(mw_child){.command = c->command, .streams = MW_CHILD_CAPTURED, .limit_s = p->own->limit},
                            &end->child, err);
    return mw_job_start(&(mw_job){.kind = MW_JOB_PART,
                                  .suite = o->suite->name,
                                  .model = c->model,
                                  .variant = c->variant->name,
                                  .threads = c->threads,
                                  .cpus = {s->cpus, (size_t)(s->n_cpus < c->threads ? s->n_cpus : c->threads)},
                                  .prompt_tokens = p->own->prompt.of[0],
                                  .tokens = o->tokens},
                        (char *[]){s->argv[0], word, NULL}, MW_CHILD_CAPTURED, p->own->limit, end, err);
}

static int take(mw_peers *p, size_t index, size_t round, size_t place, mw_error *err)
{
    mw_session *s = p->session;
    const mw_contender *c = &p->contenders[index];
    mw_job_end end;
    mw_peer_result result = {.tokens_per_s = NAN, .prefill_per_s = NAN, .first_token_ms = NAN};
    const mw_disturbance before = mw_disturbance_now();
    const uint64_t start = mw_clock_ns();
    int rc = start_turn(p, c, &end, err);
    const double took_us = (double)(mw_clock_ns() - start) * 1e-3;
    if (!rc && mw_interrupted())
        rc = mw_fail(err, -EINTR, "interrupted");
    if (!rc) {
        char why[96], words[96], title[128];
        const bool number = mw_peer_read(end.child.out, end.child.err, &result);
        const bool bad = failed(p, &end.child, number, why, sizeof why);
        if (bad && c->variant) {
            rc = own_failure(c, &end, why, err);
        } else if (bad) {
            result.tokens_per_s = result.prefill_per_s = result.first_token_ms = NAN;
            result.n_latencies = result.n = 0;
            mw_child_last_words(&end.child, words, sizeof words);
            mw_session_warn(s, "not counted: %s: %s%s%s", title_of(c, title), why, *words ? "; its last words: " : "",
                            words);
        }
    }
    if (!rc) {
        mw_peers_record_turn(p, index, round, place, took_us, &before, &result);
    }
    free(result.latency_us);
    mw_job_end_free(&end);
    return rc;
}

/* --- rounds --- */

static int all_rounds(mw_peers *p, mw_error *err)
{
    mw_rounds r = {.session = p->session, .items = p->n, .rounds = (size_t)p->session->options->reps, .noun = "rounds"};
    int rc = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        char title[128];
        mw_progress_say(&p->session->progress, "round %zu of %zu, %zu of %zu: %s", r.round + 1, r.rounds, r.place + 1,
                        r.items, title_of(&p->contenders[r.item], title));
        rc = take(p, r.item, r.round, r.place, err);
        if (!rc && mw_rounds_last(&r))
            mw_peers_record_ratios(p, p->rounds++);
    }
    return rc;
}

/* -EDOM if some peer was never counted. */
static int check_all_counted(const mw_peers *p, mw_error *err)
{
    char names[256] = "";
    for (size_t i = 0; i < p->n; i++) {
        bool counted = false;
        char title[128];
        for (size_t r = 0; r < p->rounds; r++)
            counted |= isfinite(p->tokens_per_s[r * p->n + i]);
        const size_t used = strlen(names);
        if (!counted)
            snprintf(names + used, sizeof names - used, "%s%s", used ? "; " : "", title_of(&p->contenders[i], title));
    }
    return *names ? mw_fail(err, -EDOM, "never gave a number: %s; the warnings say why", names) : 0;
}

int mw_peers_suite(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    mw_peers p = {.session = s, .own = s->options->own};
    int rc = mw_peers_plan(&p, variants, n, err);
    if (!rc) {
        p.tokens_per_s = calloc(p.n * s->options->reps + 1, sizeof *p.tokens_per_s);
        p.first_token_ms = calloc(p.n * s->options->reps + 1, sizeof *p.first_token_ms);
        rc = p.tokens_per_s && p.first_token_ms ? all_rounds(&p, err)
                                                : mw_fail(err, -ENOMEM, "no memory for the samples");
    }
    mw_progress_clear(&s->progress);
    if (!rc)
        rc = check_all_counted(&p, err);
    for (size_t i = 0; i < p.n; i++)
        free(p.contenders[i].command);
    free(p.contenders);
    free(p.tokens_per_s);
    free(p.first_token_ms);
    return mw_plan_close(&p.plan, rc, err);
}

/* --- the suite --- */

static int add_peer(void *own, const char *text, mw_error *err)
{
    mw_peers_options *o = own;
    mw_peer_spec peer, other;
    int rc = mw_peer_parse(text, &peer, err);
    if (!rc && o->n_peers == MW_MAX_PEERS)
        rc = mw_fail(err, -EINVAL, "--peer: more than %d peers", MW_MAX_PEERS);
    for (int i = 0; i < o->n_peers && !rc; i++)
        if (mw_peer_parse(o->peers[i], &other, err) == 0 && strcmp(other.name, peer.name) == 0)
            rc = mw_fail(err, -EINVAL, "--peer: two peers are called %s; give each a name of its own", peer.name);
    if (!rc)
        o->peers[o->n_peers++] = text;
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
    {"prompt", "every program starts from no text"},
    {0},
};

const mw_suite mw_suite_peers = {
    .name = "peers",
    .help = "other people's programs next to ours",
    .processes = MW_OWN_PROCESSES,
    .native = true,
    .options = options,
    .own_bytes = sizeof(mw_peers_options),
    .refuses = refusals,
    .variants = "tvl,native", /* next to other programs only our best counts */
    .tokens = 128,            /* who starts a program for one number lets it run longer */
    .row_major = true,
    .complete = complete,
    .run = mw_peers_suite,
    .run_job = mw_turn_run,
    .report = mw_peers_report,
};
