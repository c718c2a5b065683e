#include "bench/decode.h"

#include "bench/check.h"
#include "bench/unit.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tokens a variant decodes before it is another one's turn: long enough that a switch costs nothing, short beside the
 * seconds over which a shared machine's bandwidth wanders. */
enum { BLOCK_TOKENS = 16 };

/* Weights that several units share. */
typedef struct copy {
    const mw_layout *layout;
    mw_load load;
    const mw_model *model;
    mw_weights *weights;
    int users; /* units that still need it */
} copy;

typedef struct suite {
    mw_session *session;
    mw_unit *units;
    int n_units;
    mw_pool *pools[MW_MAX_THREAD_COUNTS];
    int pool_threads[MW_MAX_THREAD_COUNTS], n_pools;
    copy copies[MW_LAYOUT_COUNT * MW_LOAD_COUNT];
    int n_copies;
    bool check_failed;
} suite;

/* --- which kernels may be timed --- */

/* The check with a shape of the model for every kernel that the variant decodes with. */
static int check_variant(const mw_config *c, const mw_variant *v, mw_error *err)
{
    const size_t size = mw_head_size(c);
    const struct {
        size_t rows, cols;
    } shapes[MW_OP_COUNT] = {
        [MW_OP_GEMV] = {c->dim, c->hidden_dim},
        [MW_OP_RMSNORM] = {1, c->dim},
        [MW_OP_ROPE] = {c->n_heads, size},
        [MW_OP_SOFTMAX] = {1, 256},
        [MW_OP_SWIGLU] = {1, c->hidden_dim},
        [MW_OP_DOT] = {1, size},
        [MW_OP_AXPY] = {1, size},
    };
    mw_kernel_set set;
    mw_kernel_set_for(v->gemv, &set);
    int rc = 0;
    for (int op = 0; op < MW_OP_COUNT && !rc; op++)
        rc = mw_check_short(set.of[op], shapes[op].rows, shapes[op].cols, err);
    return rc;
}

/* --- units, pools, copies of the weights --- */

static int pool_for(suite *s, int threads, mw_pool **pool, mw_error *err)
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

static int add_units(suite *s, const mw_variant *v, mw_error *err)
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

static copy *copy_for(suite *s, const mw_unit *u)
{
    const mw_variant *v = u->variant;
    for (int i = 0; i < s->n_copies; i++)
        if (s->copies[i].layout == v->layout && s->copies[i].load == v->load)
            return &s->copies[i];
    s->copies[s->n_copies] = (copy){.layout = v->layout, .load = v->load, .model = u->model};
    return &s->copies[s->n_copies++];
}

/* Refuses what does not fit before any of it is loaded: the machine would swap, or end the process. */
static int check_memory(suite *s, mw_error *err)
{
    const mw_model *m = &s->session->model;
    const uint32_t positions = (uint32_t)(s->session->n_prompt - 1 + s->session->options->tokens);
    double need = (double)s->n_units * (double)mw_decoder_arena_bytes(&m->config, positions);
    for (int i = 0; i < s->n_copies; i++)
        need += (double)mw_weights_bytes(mw_model_source(s->copies[i].model), s->copies[i].layout, s->copies[i].load);
    int64_t available = mw_memory_available();
    if (available != MW_UNKNOWN && need > (double)available)
        return mw_fail(err, -ENOMEM,
                       "these variants need %.1f GiB of memory at once, %.1f GiB are available; choose fewer "
                       "with --variant, or a smaller --model",
                       need / 0x1p30, (double)available / 0x1p30);
    return 0;
}

static void release(suite *s, mw_unit *u)
{
    mw_decoder_free(u->decoder);
    u->decoder = NULL;
    u->weights = NULL;
    copy *c = copy_for(s, u);
    if (--c->users == 0) {
        mw_weights_close(c->weights);
        c->weights = NULL;
    }
}

static void close_suite(suite *s)
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

/* --- sampling --- */

static int first_tokens(suite *s, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < s->n_units && !rc; i++) {
        mw_progress_say(&s->session->progress, "time to first token, %d of %d: %s", i + 1, s->n_units,
                        s->units[i].variant->name);
        if (mw_interrupted())
            return mw_fail(err, -EINTR, "interrupted");
        rc = mw_unit_first_token(&s->units[i], s->session, err);
        if (rc == -ENOTSUP) {
            mw_progress_clear(&s->session->progress);
            fprintf(stderr, "bench: %s is unavailable: %s\n", s->units[i].variant->name, err->text);
            s->units[i].unavailable = true;
            rc = 0;
        }
    }
    return rc;
}

static int start_units(suite *s, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < s->n_units && !rc; i++) {
        mw_unit *u = &s->units[i];
        if (u->unavailable)
            continue;
        copy *c = copy_for(s, u);
        mw_progress_say(&s->session->progress, "loading %s", u->variant->name);
        if (!c->weights)
            rc = mw_weights_open(mw_model_source(c->model), c->layout, c->load, &c->weights, err);
        u->weights = c->weights;
        if (!rc)
            rc = mw_unit_start(u, s->session, err);
        if (!rc && mw_interrupted())
            rc = mw_fail(err, -EINTR, "interrupted");
    }
    return rc;
}

static int one_block(mw_unit *u, uint32_t block, uint32_t tokens, mw_error *err)
{
    mw_faults before = mw_faults_now();
    int rc = mw_unit_block(u, block, tokens, err);
    mw_faults after = mw_faults_now();
    if (block > 0) { /* the first block holds the warm-up */
        u->faults.minor += after.minor - before.minor;
        u->faults.major += after.major - before.major;
    }
    if (!rc && mw_interrupted())
        rc = mw_fail(err, -EINTR, "interrupted");
    return rc;
}

static void shuffle(int *order, int n, uint64_t *state)
{
    for (int i = n - 1; i > 0; i--) {
        *state = *state * 6364136223846793005ull + 1442695040888963407ull; /* Knuth's MMIX generator */
        int j = (int)((*state >> 33) % (uint64_t)(i + 1)), swap = order[i];
        order[i] = order[j];
        order[j] = swap;
    }
}

/* Rounds of one block a unit, each round in a new random order, so that whatever the machine does to one variant it
 * does to all. The first block is exactly the warm-up. */
static int sample(suite *s, mw_error *err)
{
    const uint64_t tokens = s->session->options->tokens;
    int *order = malloc((size_t)s->n_units * sizeof *order);
    if (!order)
        return mw_fail(err, -ENOMEM, "no memory for the order of blocks");
    uint64_t done = 0, state = s->session->options->seed;
    int rc = 0;
    for (int i = 0; i < s->n_units; i++)
        order[i] = i;
    for (uint32_t block = 0; done < tokens && !rc; block++) {
        uint64_t n = block == 0 ? MW_WARMUP_TOKENS : BLOCK_TOKENS;
        if (n > tokens - done)
            n = tokens - done;
        shuffle(order, s->n_units, &state);
        for (int i = 0; i < s->n_units && !rc; i++) {
            mw_unit *u = &s->units[order[i]];
            if (u->unavailable)
                continue;
            mw_progress_say(&s->session->progress, "decoding, token %llu of %llu: %s, %d thread%s",
                            (unsigned long long)done, (unsigned long long)tokens, u->variant->name, u->threads,
                            u->threads == 1 ? "" : "s");
            rc = one_block(u, block, (uint32_t)n, err);
            if (!rc && done + n == tokens) {
                u->huge_bytes = mw_memory_huge(u->weights->region, (size_t)u->weights->region_bytes);
                u->weights_resident = mw_file_resident(u->weights->region, (size_t)u->weights->region_bytes);
                u->resident_bytes = mw_memory_resident();
                release(s, u); /* not needed any more */
            }
        }
        done += n;
    }
    free(order);
    return rc;
}

int mw_decode_suite(mw_session *session, const mw_variant *variants, int n, mw_summary *summaries, int *n_summaries,
                    mw_error *err)
{
    suite s = {.session = session};
    *n_summaries = 0;
    s.units = calloc((size_t)n * MW_MAX_THREAD_COUNTS, sizeof *s.units);
    int rc = s.units ? 0 : mw_fail(err, -ENOMEM, "no memory for %d variants", n);
    for (int i = 0; i < n && !rc; i++) {
        mw_error why;
        mw_progress_say(&session->progress, "checking %s", variants[i].name);
        if (check_variant(&session->model.config, &variants[i], &why)) {
            mw_progress_clear(&session->progress);
            fprintf(stderr, "bench: %s is not measured: %s\n", variants[i].name, why.text);
            s.check_failed = true;
            continue;
        }
        rc = add_units(&s, &variants[i], err);
    }
    for (int i = 0; i < s.n_units; i++)
        copy_for(&s, &s.units[i])->users++;
    if (!rc)
        rc = check_memory(&s, err);
    if (!rc)
        rc = first_tokens(&s, err);
    if (!rc)
        rc = start_units(&s, err);
    if (!rc)
        rc = sample(&s, err);
    mw_progress_clear(&session->progress);
    for (int i = 0; i < s.n_units && !rc; i++)
        *n_summaries += mw_unit_record(&s.units[i], session, &summaries[*n_summaries]);
    close_suite(&s);
    if (!rc && s.check_failed)
        rc = mw_fail(err, -EDOM, "a kernel failed its check and was not measured; run the tests for details");
    return rc;
}
