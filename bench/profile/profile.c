/* Suite `profile`: where the time of a token goes, step by step, by clocks in the decode path itself
 * (engine/profile.h).
 *
 * All variants and thread counts take turns (turns.h). Means over the middle half of the tokens, by their time, make
 * the rows: stalls of the machine are left out, and the shares of the steps and `op_rest` add up to the token. */
#include "bench/run/suite.h"

#include "bench/units/turns.h"

#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

/* --- rows --- */

static double bytes_of_tensor(const mw_unit *u, size_t i, bool stored)
{
    const mw_matrix *m = &u->runner.weights->matrix[i];
    return stored ? (double)mw_matrix_bytes(u->runner.weights, i)
                  : (double)m->rows * (double)mw_dtype_bytes(m->dtype, m->cols);
}

/* Bytes that a step reads for one token: weights, as the maths needs them or as they are stored, or keys and values. 0
 * where that is next to nothing. */
static double bytes_of(const mw_unit *u, mw_step step, bool stored)
{
    static const mw_step of_layer[MW_LAYER_TENSORS] = {
        [MW_WQ] = MW_STEP_QKV,   [MW_WK] = MW_STEP_QKV, [MW_WV] = MW_STEP_QKV, [MW_BQ] = MW_STEP_QKV,
        [MW_BK] = MW_STEP_QKV,   [MW_BV] = MW_STEP_QKV, [MW_WO] = MW_STEP_WO,  [MW_W1] = MW_STEP_W1_W3,
        [MW_W3] = MW_STEP_W1_W3, [MW_W2] = MW_STEP_W2};
    const mw_config *c = &u->runner.model->config;
    double bytes = 0;
    if (step == MW_STEP_ATTENTION)
        bytes = 2.0 * c->n_layers * mw_kv_dim(c) * (MW_TURN_POSITION + 1) * sizeof(float);
    for (uint32_t l = 0; l < c->n_layers; l++)
        for (mw_layer_tensor t = 0; t < MW_LAYER_TENSORS; t++)
            if (step != MW_STEP_EMBEDDING && of_layer[t] == step && mw_layer_has(c, t))
                bytes += bytes_of_tensor(u, mw_layer_index(c, l, t), stored);
    return step == MW_STEP_CLASSIFIER ? bytes_of_tensor(u, mw_classifier_index(c), stored) : bytes;
}

static void record_step(mw_session *s, const mw_unit *u, mw_step step, double us, double token_us, double roof_gbs,
                        size_t n)
{
    static const char *const names[MW_STEPS] = {
        "embedding", "rmsnorm", "quantize", "qkv", "rope", "attention", "wo", "w1_w3", "w2", "classifier", "sampling"};
    const double needed = bytes_of(u, step, false), stored = bytes_of(u, step, true);
    char op[32];
    snprintf(op, sizeof op, "op=%s", names[step]);
    mw_unit_row(s, u, &(mw_result){"op_us", "us", us, n, .param = op});
    mw_unit_row(s, u, &(mw_result){"op_share", "1", us / token_us, n, .param = op});
    if (needed > 0) {
        mw_unit_row(s, u, &(mw_result){"op_bandwidth_gbs", "GB/s", needed / us * 1e-3, n, .param = op});
        mw_unit_row(s, u, &(mw_result){"op_roof_fraction", "1", stored / us * 1e-3 / roof_gbs, n, .param = op});
    }
}

static void record(mw_session *s, const mw_unit *u, mw_unit_turn *turns, size_t rounds, double *logs)
{
    if (u->unavailable) {
        mw_unit_record_unavailable(u, "itl_us", "us", s);
        return;
    }
    for (size_t i = 0; i < rounds; i++)
        logs[i] = log(turns[i].us / turns[i].plain_us);
    size_t first, last;
    mw_turns_middle(turns, rounds, &first, &last);
    const size_t n = last - first;
    double token_us = 0, slowness = 0, us[MW_STEPS] = {0}, rest = 1;
    for (size_t i = first; i < last; i++) {
        token_us += turns[i].us / (double)n;
        slowness += 1 / turns[i].roof_gbs / (double)n;
        for (int step = 0; step < MW_STEPS; step++)
            us[step] += (double)turns[i].profile.ns[step] * 1e-3 / (double)n;
    }
    mw_unit_row(s, u, &(mw_result){"itl_us", "us", token_us, n, .note = "with the clocks of the profile"});
    for (int step = 0; step < MW_STEPS; step++) {
        if (turns[first].profile.calls[step] == 0) /* a pass over f32 quantizes nothing */
            continue;
        record_step(s, u, (mw_step)step, us[step], token_us, 1 / slowness, n);
        rest -= us[step] / token_us;
    }
    const double overhead = exp(mw_process_log_ratio(logs, rounds));
    mw_unit_row(s, u, &(mw_result){"op_rest", "1", rest, n});
    mw_unit_row(s, u, &(mw_result){"profile_overhead", "1", overhead, rounds});
}

static int run(mw_session *session, const mw_variant *variants, int n, mw_error *err)
{
    const size_t rounds = (size_t)(session->options->tokens - MW_WARMUP_TOKENS) / 2;
    mw_units s = {0};
    int rc = mw_units_open(&s, session, variants, n, err);
    if (!rc)
        rc = mw_units_start(&s, err);
    if (!rc)
        rc = mw_turns_prepare(&s, err);
    mw_unit_turn *turns = calloc((size_t)s.n_units * rounds + 1, sizeof *turns);
    double *logs = malloc(rounds * sizeof *logs);
    if (!rc && (!turns || !logs))
        rc = mw_fail(err, -ENOMEM, "no memory for %zu tokens; use fewer --tokens", rounds);
    if (!rc)
        rc = mw_turns_take(&s, "profile", rounds, turns, NULL, NULL, err);
    for (int i = 0; i < s.n_units && !rc; i++)
        record(session, &s.units[i], &turns[(size_t)i * rounds], rounds, logs);
    free(turns);
    free(logs);
    return mw_units_end(&s, rc, err);
}

/* --- table --- */

static const mw_column steps[] = {
    {"step", -14, MW_SHOW_PARAM, .param = "op"},
    {"us", 10, MW_SHOW_VALUE, 1},
    {"share %", 8, MW_SHOW_VALUE, 2, "op_share", .scale = 100},
    {"95 % interval", 16, MW_SHOW_RANGE, 2, "op_share", .scale = 100},
    {"GB/s", 8, MW_SHOW_VALUE, 1, "op_bandwidth_gbs"},
    {"roof", 6, MW_SHOW_VALUE, 2, "op_roof_fraction"},
    {0},
};

static void report(const mw_session *s, mw_page *page)
{
    (void)s;
    mw_page_text(page, "Where the time of a token goes, at position %d.", MW_TURN_POSITION);
    for (mw_row token = {0}; mw_rows_next(page->results, &(mw_filter){.metric = "itl_us", .known = true}, &token);) {
        mw_filter f = {.variant = token.variant, .threads = token.threads, .metric = "op_us"};
        mw_page_heading(page, "%s, threads: %d: %.1f us per token", token.variant, token.threads, token.value);
        mw_page_rows(page, steps, &f, MW_AS_RECORDED);
        f.metric = "op_rest";
        const double rest = mw_rows_value(page->results, &f);
        f.metric = "profile_overhead";
        mw_page_text(page, "Not in any step: %.2f %%. A token with the clocks takes %.4f times as long as without.",
                     100 * rest, mw_rows_value(page->results, &f));
    }
    mw_page_text(page,
                 "w1_w3 includes the gate, wo and w2 the residual additions, and every step the time in which threads "
                 "wait for each other. GB/s: weights, or keys and values. roof: compared with sweeps over all weights "
                 "right before and after; a step that reads from a cache may exceed 1.");
}

/* --- the suite --- */

static int complete(mw_options *o, mw_error *err)
{
    return o->tokens == 0 || o->tokens > MW_TURN_POSITION
               ? 0
               : mw_fail(err, -EINVAL, "suite profile looks at the token at position %d; give --tokens=%d or more",
                         MW_TURN_POSITION, MW_TURN_POSITION + 1);
}

const mw_suite mw_suite_profile = {
    .name = "profile",
    .help = "where the time of a token goes, step by step",
    .processes = MW_REPETITIONS,
    .complete = complete,
    .run = run,
    .report = report,
};
