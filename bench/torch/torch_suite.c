#include "bench/run/suite.h"
#include "bench/torch/torch.h"

#include "bench/run/summary.h"
#include "bench/stats/random.h"
#include "bench/units/lone.h"

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
    uint64_t random = s->options->seed + 0x9e3779b97f4a7c15u * (uint64_t)s->rep;
    int order[2] = {0, 1}, rc = 0;
    for (size_t done = 0; done < tokens && !rc;) {
        size_t n = done == 0 ? MW_WARMUP_TOKENS : MW_BLOCK_TOKENS;
        n = n > tokens - done ? tokens - done : n;
        mw_shuffle(order, 2, &random);
        for (int i = 0; i < 2 && !rc; i++) {
            mw_progress_say(&s->progress, "token %zu of %zu: %s", done, tokens,
                            order[i] ? u->variant->name : peer_name);
            if (order[i] == 0)
                rc = mw_torch_decode(peer, n, NULL, theirs + done, err);
            else
                rc = mw_unit_decode(u, done > 0, (uint32_t)n, err);
            if (!rc && mw_interrupted())
                rc = mw_fail(err, -EINTR, "interrupted");
        }
        done += n;
    }
    for (size_t i = 0; i < tokens && !rc; i++)
        ours[i] = u->samples[i].latency_us;
    return rc;
}

int mw_torch_suite(mw_session *s, const mw_variant *variants, int n, mw_error *err)
{
    const size_t tokens = (size_t)s->options->tokens, warm = MW_WARMUP_TOKENS;
    double *x = malloc(3 * tokens * sizeof *x);
    mw_units suite = {.session = s};
    mw_coprocess *peer = NULL;
    char version[128];
    (void)n; /* the first variant stands for ours */
    if (!x)
        return mw_fail(err, -ENOMEM, "no memory for %zu latencies; use fewer --tokens", tokens);
    int rc = mw_lone_open(&suite, s, &variants[0], err);
    if (!rc)
        rc = mw_torch_open(&s->model, tokens, suite.units[0].threads, &peer, version, err);
    if (!rc && strstr(version, " blas/libblas.so"))
        mw_session_warn(s, "this PyTorch multiplies with the reference BLAS, which is slow; install OpenBLAS (Debian: "
                           "libopenblas0-pthread)");
    if (!rc)
        rc = sample(s, suite.units, peer, x, x + tokens, err);
    if (!rc)
        record(s, suite.units, x + warm, x + tokens + warm, x + 2 * tokens, tokens - warm, version);
    mw_progress_clear(&s->progress);
    mw_coprocess_close(peer);
    mw_units_close(&suite);
    free(x);
    return rc;
}

void mw_torch_report(const mw_session *s, mw_page *page)
{
    FILE *to = page->to;
    fprintf(to, "%-40s %3s %9s   %s\n", "decoding, in turns", "thr", "tokens/s", "95 % interval");
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        const bool ratio = strcmp(row[MW_RESULTS_metric], "speedup") == 0;
        if (row[MW_RESULTS_rep] || (!ratio && strcmp(row[MW_RESULTS_metric], "tokens_per_s") != 0))
            continue;
        char name[64];
        snprintf(name, sizeof name, "%s%s%s", row[MW_RESULTS_variant], ratio ? " " : "",
                 ratio ? row[MW_RESULTS_param] : "");
        fprintf(to, "%-40.40s %3s %9.2f", name, row[MW_RESULTS_threads], mw_cell_number(row[MW_RESULTS_value]));
        if (row[MW_RESULTS_ci_low] && row[MW_RESULTS_ci_high])
            fprintf(to, "   %.2f to %.2f", mw_cell_number(row[MW_RESULTS_ci_low]),
                    mw_cell_number(row[MW_RESULTS_ci_high]));
        fprintf(to, "\n");
    }
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
