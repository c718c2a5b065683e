/* Suite `torch`: blocks of the PyTorch peer and of the first variant in turns, on the first thread count, from BOS.
 * Rows are the rates of both and, token by token at the same position, `speedup` of the peer against ours. */
#include "bench/torch/torch.h"

#include "bench/run/rounds.h"
#include "bench/run/suite.h"
#include "bench/units/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* --- the peer --- */

/* Seconds to import torch and read a model; to decode one token. */
static const double START_S = 300, TOKEN_S = 60;

int mw_torch_open(const mw_model *model, uint64_t positions, int threads, mw_coprocess **out, char version[128],
                  mw_error *err)
{
    static char *const pythons[] = {"python3", "/usr/bin/python3"};
    char n_positions[24], n_threads[24], line[256], path[512];
    *out = NULL;
    if (strcmp(model->format, "llama2.c v0") != 0)
        return mw_fail(err, -ENOTSUP, "%s: the PyTorch peer reads llama2.c checkpoints of version 0 only", model->name);
    snprintf(n_positions, sizeof n_positions, "%llu", (unsigned long long)positions);
    snprintf(n_threads, sizeof n_threads, "%d", threads);
    snprintf(path, sizeof path, "%s", model->file.path);
    for (size_t i = 0; i < sizeof pythons / sizeof pythons[0]; i++) {
        char *argv[] = {pythons[i], "-c", (char *)mw_torch_decode_py, path, n_positions, n_threads, NULL};
        mw_coprocess *peer;
        if (mw_coprocess_open(argv, &peer, err))
            continue;
        if (mw_coprocess_line(peer, line, sizeof line, START_S) && sscanf(line, "ready %127[^\n]", version) == 1) {
            *out = peer;
            return 0;
        }
        mw_coprocess_close(peer);
        if (mw_interrupted())
            return mw_fail(err, -EINTR, "interrupted");
    }
    return mw_fail(err, -ENOTSUP, "no python3 here has torch (Debian: apt-get install python3-torch)");
}

int mw_torch_decode(mw_coprocess *peer, size_t n, int32_t *ids, double *latency_us, mw_error *err)
{
    char line[256];
    snprintf(line, sizeof line, "%zu", n);
    bool good = mw_coprocess_tell(peer, line);
    if (good && n == 0)
        good = mw_coprocess_line(peer, line, sizeof line, TOKEN_S) && strcmp(line, "again") == 0;
    for (size_t i = 0; i < n && good; i++) {
        double us;
        int id;
        good = mw_coprocess_line(peer, line, sizeof line, TOKEN_S) && sscanf(line, "%d %lf", &id, &us) == 2 && us > 0;
        if (good && ids)
            ids[i] = id;
        if (good && latency_us)
            latency_us[i] = us;
    }
    if (mw_interrupted())
        return mw_fail(err, -EINTR, "interrupted");
    return good ? 0 : mw_fail(err, -EIO, "the PyTorch peer ended early or sent unexpected output");
}

/* --- the suite --- */

static const char peer_name[] = "pytorch";

/* Ours, or (without a variant) those of the peer. */
static void record_rates(mw_session *s, const mw_variant *v, int threads, const double *us, size_t n, const char *note)
{
    const double mean = mw_mean(us, n);
    mw_session_record(s, v, threads,
                      &(mw_result){"tokens_per_s", "1/s", 1e6 / mean, n, .variant = peer_name, .note = note});
    mw_session_record(s, v, threads, &(mw_result){"itl_us", "us", mean, n, .variant = peer_name, .note = note});
}

/* Blocks in turns, each round in a new random order; the first block warms up. */
static int sample(mw_session *s, mw_unit *u, mw_coprocess *peer, double *theirs, double *ours, mw_error *err)
{
    const size_t tokens = (size_t)s->options->tokens;
    mw_rounds r = {.session = s, .items = 2, .rounds = mw_blocks_of(tokens)};
    int rc = 0;
    while (mw_rounds_next(&r, &rc, err)) {
        uint64_t done;
        const uint32_t n = mw_block_tokens(tokens, r.round, &done);
        mw_progress_say(&s->progress, "token %zu of %zu: %s", (size_t)done, tokens,
                        r.item ? u->variant->name : peer_name);
        rc = r.item ? mw_unit_decode(u, r.round > 0, n, err) : mw_torch_decode(peer, n, NULL, theirs + done, err);
    }
    for (size_t i = 0; i < tokens && !rc; i++)
        ours[i] = u->samples[i].latency_us;
    return rc;
}

/* `theirs` has room for the latencies of both and for the logs of their ratios. */
static int against(mw_session *s, mw_unit *u, double *theirs, mw_error *err)
{
    const size_t tokens = (size_t)s->options->tokens, warm = MW_WARMUP_TOKENS, n = tokens - warm;
    double *ours = theirs + tokens, *logs = ours + tokens;
    mw_coprocess *peer = NULL;
    char version[128], param[120], note[160];
    int rc = mw_torch_open(&s->model, tokens, u->threads, &peer, version, err);
    if (!rc && strstr(version, " blas/libblas.so"))
        mw_session_warn(s, "this PyTorch multiplies with the reference BLAS, which is slow; install OpenBLAS (Debian: "
                           "libopenblas0-pthread)");
    if (!rc)
        rc = sample(s, u, peer, theirs, ours, err);
    mw_coprocess_close(peer);
    if (rc)
        return rc;
    for (size_t i = 0; i < n; i++)
        logs[i] = log(ours[warm + i] / theirs[warm + i]);
    snprintf(param, sizeof param, "against=%s", u->variant->name);
    snprintf(note, sizeof note, "PyTorch %s", version);
    mw_session_record(s, NULL, u->threads,
                      &(mw_result){"speedup", "1", exp(mw_process_log_ratio(logs, n)), n, .variant = peer_name,
                                   .param = param, .note = note});
    record_rates(s, NULL, u->threads, theirs + warm, n, note);
    record_rates(s, u->variant, u->threads, ours + warm, n, "in turns with the peer");
    return 0;
}

static int run(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    const size_t tokens = (size_t)s->options->tokens;
    double *x = malloc(3 * tokens * sizeof *x);
    mw_units suite = {.lone = true}; /* the first variant stands for ours */
    if (!x)
        return mw_fail(err, -ENOMEM, "no memory for %zu latencies; use fewer --tokens", tokens);
    int rc = mw_units_open(&suite, s, variants, n, err);
    if (!rc)
        rc = mw_units_start(&suite, err);
    if (!rc && suite.n_units > 0)
        rc = against(s, suite.units, x, err);
    free(x);
    return mw_units_end(&suite, rc, err);
}

static void title_of(const mw_page *page, const mw_row *row, char to[MW_PAGE_CELL_BYTES])
{
    (void)page;
    snprintf(to, MW_PAGE_CELL_BYTES, "%s%s%s", row->variant, *row->param ? " " : "", row->param);
}

static void report(const mw_session *s, mw_page *page)
{
    static const mw_column rates[] = {{"decoding, in turns", -40, MW_SHOW_MADE, .make = title_of},
                                      {"thr", 3, MW_SHOW_THREADS},
                                      {"tokens/s", 9, MW_SHOW_VALUE, 2},
                                      {"95 % interval", 0, MW_SHOW_RANGE, 2},
                                      {0}};
    (void)s;
    mw_page_open(page, rates);
    for (mw_row r = {0}; mw_rows_next(page->results, &(mw_filter){0}, &r);)
        if (strcmp(r.metric, "speedup") == 0 || strcmp(r.metric, "tokens_per_s") == 0)
            mw_page_line(page, &r);
}

static const mw_refusal refusals[] = {
    {"prompt", "PyTorch starts without a prompt"},
    {0},
};

const mw_suite mw_suite_torch = {
    .name = "torch",
    .help = "PyTorch next to tvl",
    .processes = MW_REPETITIONS,
    .refuses = refusals,
    .row_major = true,
    .run = run,
    .report = report,
};
