#include "bench/run/suite.h"
#include "bench/torch/torch.h"

#include "bench/run/rounds.h"
#include "bench/run/summary.h"
#include "bench/units/units.h"

#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char peer_name[] = "pytorch";

/* Ours, or (without a variant) those of the peer. */
static void record_rates(mw_session *s, const mw_variant *v, int threads, const double *us, size_t n, const char *note)
{
    const double mean = mw_mean(us, n);
    mw_session_record(s, v, threads,
                      &(mw_result){"tokens_per_s", "1/s", 1e6 / mean, n, .variant = peer_name, .note = note});
    mw_session_record(s, v, threads, &(mw_result){"itl_us", "us", mean, n, .variant = peer_name, .note = note});
}

/* `theirs` and `ours`: latencies of steady tokens, pair by pair; `logs` has room for n. */
static void record(mw_session *s, const mw_unit *u, const double *theirs, const double *ours, double *logs, size_t n,
                   const char *version)
{
    char against[120], note[160];
    for (size_t i = 0; i < n; i++)
        logs[i] = log(ours[i] / theirs[i]);
    snprintf(against, sizeof against, "against=%s", u->variant->name);
    snprintf(note, sizeof note, "PyTorch %s", version);
    mw_session_record(s, NULL, u->threads,
                      &(mw_result){"speedup", "1", exp(mw_process_log_ratio(logs, n)), n, .variant = peer_name,
                                   .param = against, .note = note});
    record_rates(s, NULL, u->threads, theirs, n, note);
    record_rates(s, u->variant, u->threads, ours, n, "beside the peer");
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

static int against(mw_session *s, mw_unit *u, double *x, mw_error *err)
{
    const size_t tokens = (size_t)s->options->tokens, warm = MW_WARMUP_TOKENS;
    mw_coprocess *peer = NULL;
    char version[128];
    int rc = mw_torch_open(&s->model, tokens, u->threads, &peer, version, err);
    if (!rc && strstr(version, " blas/libblas.so"))
        mw_session_warn(s, "this PyTorch multiplies with the reference BLAS, which is slow; install OpenBLAS (Debian: "
                           "libopenblas0-pthread)");
    if (!rc)
        rc = sample(s, u, peer, x, x + tokens, err);
    if (!rc)
        record(s, u, x + warm, x + tokens + warm, x + 2 * tokens, tokens - warm, version);
    mw_coprocess_close(peer);
    return rc;
}

int mw_torch_suite(mw_session *s, const mw_variant *variants, int n, mw_error *err)
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

void mw_torch_report(const mw_session *s, mw_page *page)
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
    {"prompt", "PyTorch starts from no text"},
    {0},
};

const mw_suite mw_suite_torch = {
    .name = "torch",
    .help = "PyTorch next to tvl",
    .processes = MW_REPETITIONS,
    .refuses = refusals,
    .row_major = true,
    .run = mw_torch_suite,
    .report = mw_torch_report,
};
