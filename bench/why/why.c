/* Suite `why`: the suite itself. */
#include "bench/why/why.h"

#include "bench/units/turns.h"
#include "bench/why/on_cpus.h"
#include "bench/why/peer_findings.h"
#include "bench/why/why_peers.h"
#include "engine/find_models.h"
#include "platform/os.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

void mw_record_knee(mw_session *s, const mw_variant *v, const char *metric, const char *param)
{
    const mw_filter f = {.of = MW_OF_PROCESSES, .metric = metric, .variant = v->name, .param = param, .known = true};
    double best = 0;
    int knee = 0;
    for (mw_row r = {0}; mw_rows_next(&s->results, &f, &r);)
        best = r.value > best ? r.value : best;
    for (mw_row r = {0}; mw_rows_next(&s->results, &f, &r);)
        if (r.value >= 0.95 * best && (knee == 0 || r.threads < knee))
            knee = r.threads;
    if (knee > 0)
        mw_session_record(s, v, 0,
                          &(mw_result){"knee_threads", "1", knee, 1, .param = param,
                                       .note = "the smallest thread count within 5 % of the fastest"});
}

static void record_knees(const mw_units *units)
{
    for (int i = 0; i < units->n_units; i++) /* units of one variant follow each other */
        if (i == 0 || units->units[i - 1].variant != units->units[i].variant)
            mw_record_knee(units->session, units->units[i].variant, "tokens_per_s", NULL);
}

static int run(mw_session *session, const mw_variant *variants, int n, mw_error *err)
{
    const size_t rounds = (size_t)(session->options->tokens - MW_WARMUP_TOKENS) / 2;
    mw_units s = {.machine_roofs = true};
    const mw_why_options *own = session->options->own;
    if (session->rep <= 1 && !session->options->quiet) {
        fprintf(stderr, "bench: the model is %s\n", session->options->model);
        for (int i = 0; i < own->n_peers; i++)
            fprintf(stderr, "bench: a peer is %s\n", own->peers[i]);
    }
    int rc = mw_units_open(&s, session, variants, n, err);
    if (!rc) {
        mw_why_facts_before(&s);
        rc = mw_units_start(&s, err);
    }
    if (!rc)
        rc = mw_turns_prepare(&s, err);
    const mw_why_state start = mw_why_state_now();
    if (!rc)
        rc = mw_why_measure(&s, rounds, err);
    if (!rc) {
        mw_why_facts_after(&s, &start);
        record_knees(&s);
        rc = mw_core_classes_measure(&s, err);
    }
    if (!rc)
        rc = mw_node_pairs_measure(&s, err);
    return mw_units_end(&s, rc, err);
}

/* --- findings and peers --- */

static void keep(mw_session *s, const char *variant, int threads, size_t rank, const mw_why_finding *f)
{
    mw_csv_append(mw_session_table(s, mw_csv_findings),
                  (mw_cell[MW_FINDINGS_COUNT]){[MW_FINDINGS_run_id] = mw_text(s->run_id),
                                               [MW_FINDINGS_variant] = mw_text(variant),
                                               [MW_FINDINGS_threads] = mw_whole(threads),
                                               [MW_FINDINGS_rank] = mw_whole((int64_t)rank),
                                               [MW_FINDINGS_finding] = mw_text(f->name),
                                               [MW_FINDINGS_harm] = mw_whole(f->harm),
                                               [MW_FINDINGS_size] = mw_fixed(f->size, 3),
                                               [MW_FINDINGS_what] = mw_text(f->what),
                                               [MW_FINDINGS_evidence] = mw_text(f->evidence),
                                               [MW_FINDINGS_advice] = mw_text(f->advice)});
}

/* Runs the peers next to the first variant and to the best row-major kernel, which reads what the peers read. */
static int run_peers(mw_session *s, mw_error *err)
{
    const mw_why_options *own = s->options->own;
    mw_why_case c;
    mw_row first = {0};
    if (own->n_peers == 0 ||
        !mw_rows_next(&s->results, &(mw_filter){.suite = "why", .metric = "tokens_per_s", .known = true}, &first) ||
        !mw_why_case_of(&s->results, first.variant, &c))
        return 0;
    char variants[256];
    mw_dtype dtype = MW_F32;
    mw_variant_dtype(c.row.dtype, &dtype, err);
    const mw_kernel *row_major = mw_kernel_best(dtype, MW_LAYOUT_ROWMAJOR, true);
    snprintf(variants, sizeof variants, "%s", c.row.variant);
    if (row_major && strcmp(row_major->name, c.row.kernel) != 0)
        snprintf(variants + strlen(variants), sizeof variants - strlen(variants), ",%s/rowmajor/mmap@%s",
                 row_major->name, c.row.dtype);
    return mw_why_run_peers(s, variants, c.row.threads, err);
}

static int conclude(mw_session *s, mw_error *err)
{
    const mw_filter all = {.suite = "why", .metric = "tokens_per_s", .known = true};
    const char *last = "";
    int rc = run_peers(s, err);
    for (mw_row r = {0}; !rc && mw_rows_next(&s->results, &all, &r);) {
        mw_why_finding found[MW_MOST_FINDINGS];
        mw_why_case c;
        if (strcmp(last, r.variant) == 0 || !mw_why_case_of(&s->results, r.variant, &c)) /* one of its thread counts */
            continue;
        last = r.variant;
        const size_t n = mw_why_findings(&c, found);
        for (size_t i = 0; i < n; i++)
            keep(s, c.row.variant, c.row.threads, i + 1, &found[i]);
    }
    for (mw_row peer = {0}; !rc && mw_next_peer(&s->results, &peer);) {
        mw_why_finding f;
        mw_peer_finding(&s->results, &peer, &f);
        keep(s, peer.variant, peer.threads, 1, &f);
    }
    return rc;
}

/* --- the command line --- */

/* Without --model: the GGUF file that is there. Of several the user has to choose; without one the usual model is
 * taken. */
static int choose_model(mw_options *o, mw_error *err)
{
    static mw_found_model found[MW_MOST_FOUND];
    const size_t n = mw_find_models(found);
    if (n > 1) {
        fprintf(stderr, "bench: these models are here:\n");
        for (size_t i = 0; i < n; i++)
            fprintf(stderr, "  %8.1f MB  --model=%s\n", (double)found[i].bytes * 1e-6, found[i].path);
        return mw_fail(err, -EINVAL, "suite why takes one model: choose one of the %zu above with --model", n);
    }
    if (n == 1)
        o->model = found[0].path;
    return 0;
}

static int add_peer(void *to, const char *text, mw_error *err)
{
    mw_why_options *own = to;
    if (own->n_peers == MW_WHY_PEERS)
        return mw_fail(err, -EINVAL, "--peer: suite why takes at most %d", MW_WHY_PEERS);
    own->peers[own->n_peers++] = text;
    return 0;
}

static int leave_out_peers(void *to, const char *value, mw_error *err)
{
    mw_why_options *own = to;
    (void)value, (void)err;
    own->none = true;
    return 0;
}

static const mw_suite_option options[] = {
    {"peer", "NAME:CMD", "another program, run by sh; repeatable", add_peer},
    {"no-peers", NULL, "do not look for llama-bench", leave_out_peers},
    {0},
};

/* Without --peer: llama-bench, if it is there. */
static int choose_peers(mw_why_options *own, mw_error *err)
{
    static char found[128];
    if (own->none && own->n_peers > 0)
        return mw_fail(err, -EINVAL, "--no-peers and --peer contradict each other");
    if (!own->none && own->n_peers == 0 && mw_why_find_peer(found, sizeof found))
        own->peers[own->n_peers++] = found;
    return 0;
}

/* Thread counts: all of them up to eight, then powers of two. */
static int complete(mw_options *o, mw_error *err)
{
    int chosen = choose_peers(o->own, err);
    if (chosen)
        return chosen;
    if (!o->model) {
        const int rc = choose_model(o, err);
        if (rc)
            return rc;
    }
    const int max = mw_threads_worthwhile(o->n_cpus > 0 ? o->n_cpus : mw_cpus_allowed(NULL, 0));
    if (o->tokens != 0 && o->tokens <= MW_TURN_POSITION)
        return mw_fail(err, -EINVAL, "suite why looks at the token at position %d; give --tokens=%d or more",
                       MW_TURN_POSITION, MW_TURN_POSITION + 1);
    if (o->n_threads > 0)
        return 0;
    for (int n = 1; n < max && o->n_threads < MW_MAX_THREAD_COUNTS - 1; n = n < 8 ? n + 1 : 2 * n)
        o->threads[o->n_threads++] = n;
    o->threads[o->n_threads++] = 0; /* max */
    return 0;
}

const mw_suite mw_suite_why = {
    .name = "why",
    .help = "why decoding is slower than memory allows",
    .processes = MW_REPETITIONS,
    .options = options,
    .own_bytes = sizeof(mw_why_options),
    .variants = "native-tvl",
    .complete = complete,
    .run = run,
    .conclude = conclude,
    .report = mw_why_report,
};
