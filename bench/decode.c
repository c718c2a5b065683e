#include "bench/decode.h"

#include "bench/check.h"
#include "bench/suite.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Tokens a variant decodes before it is another one's turn: long enough that a switch costs nothing, short beside the
 * seconds over which a shared machine's bandwidth wanders. */
enum { BLOCK_TOKENS = 16 };

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

/* --- sampling --- */

static int first_tokens(mw_suite *s, mw_error *err)
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

static int start_units(mw_suite *s, mw_error *err)
{
    int rc = 0;
    for (int i = 0; i < s->n_units && !rc; i++) {
        mw_unit *u = &s->units[i];
        if (u->unavailable)
            continue;
        mw_copy *c = mw_suite_copy_for(s, u);
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
static int sample(mw_suite *s, mw_error *err)
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
                mw_suite_release(s, u); /* not needed any more */
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
    mw_suite s = {.session = session};
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
        rc = mw_suite_add_units(&s, &variants[i], err);
    }
    for (int i = 0; i < s.n_units; i++)
        mw_suite_copy_for(&s, &s.units[i])->users++;
    if (!rc)
        rc = mw_suite_check_memory(&s, err);
    if (!rc)
        rc = first_tokens(&s, err);
    if (!rc)
        rc = start_units(&s, err);
    if (!rc)
        rc = sample(&s, err);
    mw_progress_clear(&session->progress);
    for (int i = 0; i < s.n_units && !rc; i++)
        *n_summaries += mw_unit_record(&s.units[i], session, &summaries[*n_summaries]);
    mw_suite_close(&s);
    if (!rc && s.check_failed)
        rc = mw_fail(err, -EDOM, "a kernel failed its check and was not measured; run the tests for details");
    return rc;
}
