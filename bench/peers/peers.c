#include "bench/peers/peers.h"

#include "bench/peers/peer_output.h"
#include "bench/peers/turn.h"
#include "bench/stats/random.h"
#include "platform/counters.h"
#include "platform/os.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

static const char *name_of(const mw_contender *c)
{
    return c->variant ? c->variant->name : c->peer->name;
}

/* "llama.cpp, 2 threads" */
static const char *title_of(const mw_contender *c, char text[128])
{
    if (c->threads)
        snprintf(text, 128, "%s, %d thread%s", name_of(c), c->threads, c->threads == 1 ? "" : "s");
    else
        snprintf(text, 128, "%s", name_of(c));
    return text;
}

/* --- rows --- */

static void record(const mw_peers *p, const mw_contender *c, size_t round, mw_metric m)
{
    m.suite = "peers";
    m.phase = m.phase ? m.phase : "steady";
    m.kernel = c->variant ? NULL : "peer";
    m.rep = (int)round + 1;
    mw_session_record(p->session, c->variant, c->threads, &m);
    if (c->peer)
        mw_csv_set(&p->session->results, MW_RESULTS_variant, "%s", c->peer->name);
}

static void record_latencies(const mw_peers *p, const mw_contender *c, size_t round, size_t place,
                             const mw_peer_result *r)
{
    mw_csv *t = &p->session->tokens;
    for (size_t i = 0; i < r->n_latencies; i++) {
        mw_csv_add(t, NULL);
        mw_csv_set(t, MW_TOKENS_run_id, "%s", p->session->run_id);
        mw_csv_set(t, MW_TOKENS_variant, "%s", name_of(c));
        mw_csv_set(t, MW_TOKENS_kernel, "%s", c->variant ? c->variant->gemv->name : "peer");
        if (c->variant) {
            mw_csv_set(t, MW_TOKENS_load, "%s", mw_load_name(c->variant->load));
            mw_csv_set(t, MW_TOKENS_position, "%zu", p->session->options->prompts[0] - 1 + MW_WARMUP_TOKENS + i);
        }
        if (c->threads)
            mw_csv_set(t, MW_TOKENS_threads, "%d", c->threads);
        mw_csv_set(t, MW_TOKENS_rep, "%zu", round + 1);
        mw_csv_set(t, MW_TOKENS_block, "%zu", place + 1);
        mw_csv_set(t, MW_TOKENS_phase, "steady");
        mw_csv_set(t, MW_TOKENS_token_id, "%zu", i);
        mw_csv_set(t, MW_TOKENS_latency_us, "%.3f", r->latency_us[i]);
    }
    if (r->n_latencies == 0)
        return;
    static const struct {
        const char *name;
        double p;
    } percentiles[] = {{"itl_p50_us", 0.5}, {"itl_p90_us", 0.9}, {"itl_p99_us", 0.99}};
    mw_sort(r->latency_us, r->n_latencies);
    for (size_t i = 0; i < sizeof percentiles / sizeof *percentiles; i++)
        record(p, c, round,
               (mw_metric){.name = percentiles[i].name,
                           .unit = "us",
                           .value = mw_percentile(r->latency_us, r->n_latencies, percentiles[i].p),
                           .n = r->n_latencies});
}

static void record_disturbance(const mw_peers *p, const mw_contender *c, size_t round, size_t place, uint64_t n,
                               double took_us, const mw_disturbance *before)
{
    const mw_disturbance after = mw_disturbance_now();
    mw_csv *t = &p->session->blocks;
    const struct {
        size_t column;
        int64_t before, after;
    } totals[] = {{MW_BLOCKS_steal_us, before->steal_us, after.steal_us},
                  {MW_BLOCKS_cpu_pressure_us, before->cpu_pressure_us, after.cpu_pressure_us},
                  {MW_BLOCKS_memory_pressure_us, before->memory_pressure_us, after.memory_pressure_us}};
    mw_csv_add(t, NULL);
    mw_csv_set(t, MW_BLOCKS_run_id, "%s", p->session->run_id);
    mw_csv_set(t, MW_BLOCKS_variant, "%s", name_of(c));
    if (c->threads)
        mw_csv_set(t, MW_BLOCKS_threads, "%d", c->threads);
    mw_csv_set(t, MW_BLOCKS_rep, "%zu", round + 1);
    mw_csv_set(t, MW_BLOCKS_block, "%zu", place + 1);
    if (n > 1)
        mw_csv_set(t, MW_BLOCKS_tokens, "%llu", (unsigned long long)n);
    mw_csv_set(t, MW_BLOCKS_tokens_us, "%.3f", took_us);
    for (size_t i = 0; i < sizeof totals / sizeof *totals; i++)
        if (totals[i].before != MW_UNKNOWN && totals[i].after != MW_UNKNOWN)
            mw_csv_set(t, totals[i].column, "%lld", (long long)(totals[i].after - totals[i].before));
}

/* A time to the first token after a prompt of another length than ours got is a row, but held against nothing. */
static void record_first_token(const mw_peers *p, size_t index, size_t round, const mw_peer_result *r)
{
    const mw_contender *c = &p->contenders[index];
    const uint64_t asked = p->session->options->prompts[0], prompt = r->prompt ? r->prompt : asked;
    char param[48];
    p->first_token_ms[round * p->n + index] = prompt == asked ? r->first_token_ms : NAN;
    if (!isfinite(r->first_token_ms))
        return;
    snprintf(param, sizeof param, "prompt=%llu", (unsigned long long)prompt);
    record(p, c, round,
           (mw_metric){.name = "ttft_ms",
                       .unit = "ms",
                       .phase = "ttft",
                       .value = r->first_token_ms,
                       .n = r->prompt ? r->prefill_n : 1,
                       .param = param,
                       .note = c->variant  ? "the file as the turns before have left it: in memory if there is room"
                               : r->prompt ? "the prompt alone, without loading"
                                           : NULL});
}

/* Ours against theirs, of one round: where both have the same thread count, or theirs is unknown. */
static void record_ratios(const mw_peers *p, size_t round)
{
    const double *rate = &p->tokens_per_s[round * p->n], *first = &p->first_token_ms[round * p->n];
    for (size_t i = 0; i < p->n; i++)
        for (size_t k = 0; k < p->n; k++) {
            const mw_contender *ours = &p->contenders[i], *theirs = &p->contenders[k];
            char param[MW_PEER_NAME + 8];
            if (!ours->variant || theirs->variant || (theirs->threads && theirs->threads != ours->threads))
                continue;
            snprintf(param, sizeof param, "peer=%s", theirs->peer->name);
            record(p, ours, round,
                   (mw_metric){.name = "peer_ratio", .unit = "1", .value = rate[i] / rate[k], .n = 1, .param = param});
            if (isfinite(first[k]))
                record(p, ours, round,
                       (mw_metric){.name = "peer_ttft_ratio",
                                   .unit = "1",
                                   .phase = "ttft",
                                   .value = first[k] / first[i],
                                   .n = 1,
                                   .param = param});
        }
}

/* --- a turn --- */

/* Why a program's turn is not counted; false if it is. */
static bool failed(const mw_peers *p, const mw_child_output *o, bool number, char *why, size_t size)
{
    if (o->late)
        snprintf(why, size, "took more than %g s (--peer-limit)", p->session->options->peer_limit);
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
static int own_failure(const mw_contender *c, const mw_child_output *o, const char *why, mw_error *err)
{
    static const char name[] = "bench: ";
    char words[256];
    mw_peer_last_words("", o->err, words, sizeof words);
    const bool told = strncmp(words, name, sizeof name - 1) == 0;
    const int rc = o->status == 1 ? -EDOM : -EINVAL;
    return told ? mw_fail(err, rc, "%s", words + sizeof name - 1)
                : mw_fail(err, rc, "%s: its process %s", c->variant->name, why);
}

static int take(mw_peers *p, size_t index, size_t round, size_t place, mw_error *err)
{
    mw_session *s = p->session;
    const mw_options *o = s->options;
    const mw_contender *c = &p->contenders[index];
    mw_child_output output;
    mw_peer_result result = {.tokens_per_s = NAN, .prefill_per_s = NAN, .first_token_ms = NAN};
    const mw_disturbance before = mw_disturbance_now();
    const uint64_t start = mw_clock_ns();
    int rc = c->peer ? mw_child_command(c->command, o->peer_limit, &output, err)
                     : mw_turn_start(s->argv[0],
                                     &(mw_turn){.model = c->model,
                                                .variant = c->variant,
                                                .threads = c->threads,
                                                .cpus = s->cpus,
                                                .n_cpus = s->n_cpus < c->threads ? s->n_cpus : c->threads,
                                                .prompt = o->prompts[0],
                                                .tokens = o->tokens},
                                     o->peer_limit, &output, err);
    const double took_us = (double)(mw_clock_ns() - start) * 1e-3;
    if (!rc && mw_interrupted())
        rc = mw_fail(err, -EINTR, "interrupted");
    if (!rc) {
        char why[96], words[96], title[128];
        const bool number = mw_peer_read(output.out, output.err, &result);
        const bool bad = failed(p, &output, number, why, sizeof why);
        if (bad && c->variant) {
            rc = own_failure(c, &output, why, err);
        } else if (bad) {
            result.tokens_per_s = result.prefill_per_s = result.first_token_ms = NAN;
            result.n_latencies = result.n = 0;
            mw_peer_last_words(output.out, output.err, words, sizeof words);
            mw_session_warn(s, "not counted: %s: %s%s%s", title_of(c, title), why, *words ? "; its last words: " : "",
                            words);
        }
    }
    if (!rc) {
        p->tokens_per_s[round * p->n + index] = result.tokens_per_s;
        record(p, c, round,
               (mw_metric){.name = "tokens_per_s", .unit = "1/s", .value = result.tokens_per_s, .n = result.n});
        if (isfinite(result.prefill_per_s))
            record(p, c, round,
                   (mw_metric){.name = "tokens_per_s",
                               .unit = "1/s",
                               .phase = "prefill",
                               .value = result.prefill_per_s,
                               .n = result.prefill_n});
        record_first_token(p, index, round, &result);
        record_disturbance(p, c, round, place, result.n_latencies, took_us, &before);
        record_latencies(p, c, round, place, &result);
    }
    free(result.latency_us);
    mw_child_output_free(&output);
    return rc;
}

/* --- rounds --- */

static int one_round(mw_peers *p, size_t round, mw_error *err)
{
    const mw_options *o = p->session->options;
    uint64_t random = o->seed + 0x9e3779b97f4a7c15u * (round + 1);
    int *order = malloc(p->n * sizeof *order), rc = 0;
    if (!order)
        return mw_fail(err, -ENOMEM, "no memory for the order of turns");
    for (size_t i = 0; i < p->n; i++)
        order[i] = (int)i;
    mw_shuffle(order, (int)p->n, &random);
    for (size_t i = 0; i < p->n && !rc; i++) {
        char title[128];
        mw_progress_say(&p->session->progress, "round %zu of %zu, %zu of %zu: %s", round + 1, (size_t)o->reps, i + 1,
                        p->n, title_of(&p->contenders[order[i]], title));
        rc = take(p, (size_t)order[i], round, i, err);
    }
    free(order);
    if (!rc)
        record_ratios(p, round);
    return rc;
}

static int all_rounds(mw_peers *p, mw_error *err)
{
    const mw_options *o = p->session->options;
    const uint64_t start = mw_clock_ns();
    int rc = 0;
    while (p->rounds < o->reps && !rc) {
        const double elapsed = (double)(mw_clock_ns() - start) * 1e-9;
        if (o->time_limit > 0 && p->rounds > 0 && elapsed + elapsed / (double)p->rounds > o->time_limit) {
            mw_session_warn(p->session, "stopped after %zu of %zu rounds: --time-limit=%g", p->rounds, (size_t)o->reps,
                            o->time_limit);
            break;
        }
        rc = one_round(p, p->rounds, err);
        p->rounds += !rc;
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
    mw_peers p = {.session = s};
    const int failures = mw_peers_plan(&p, variants, n, err);
    int rc = failures < 0 ? failures : 0;
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
    if (!rc && failures > 0)
        rc = mw_fail(err, -EDOM, "a kernel failed its check and was not measured; run the tests for details");
    return rc;
}
