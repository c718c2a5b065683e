/* Summaries, warnings about noise and the limit of the roof fraction, from rows made by hand. */
#include "bench/run/summary.h"
#include "bench/suites.h"
#include "tests/csv_texts.h"
#include "tests/tap.h"

#include <errno.h>
#include <math.h>
#include <string.h>

static mw_options options;
static mw_session session;

static void start(uint64_t reps)
{
    options = (mw_options){.suite = mw_suite_named("decode"), .reps = reps, .tokens = 74};
    session = (mw_session){.options = &options,
                           .provenance = "measured",
                           .results = mw_csv_results(),
                           .tokens = mw_csv_tokens(),
                           .roof = mw_csv_roof(),
                           .blocks = mw_csv_blocks()};
}

static void end(void)
{
    mw_csv_free(&session.results);
    mw_csv_free(&session.tokens);
    mw_csv_free(&session.roof);
    mw_csv_free(&session.blocks);
}

static void row(int rep, const char *variant, const char *metric, double value, const mw_interval *ci)
{
    mw_session_record(&session, NULL, 1, &(mw_result){metric, "1", value, 4, .ci = ci, .variant = variant, .rep = rep});
}

/* The cells of a summary row of one thread; NULL without one. */
static char *const *mw_summary_find(const mw_session *s, const char *variant, const char *threads, const char *metric)
{
    mw_row row;
    const mw_filter f = {.variant = variant, .threads = atoi(threads), .metric = metric, .phase = "steady"};
    return mw_rows_find(&s->results, &f, &row) ? mw_csv_row(&s->results, row.index) : NULL;
}

static void test_summaries(void)
{
    mw_error err;
    start(3);
    for (int rep = 1; rep <= 3; rep++) { /* geometric progression: mean of logs log(4), their spread log(2) */
        row(rep, "a", "speedup", pow(2, rep), NULL);
        row(rep, "b", "speedup", rep == 2 ? NAN : 5, NULL);
        row(rep, "a", "slow_tokens", rep, NULL);
    }
    options.suite = mw_suite_named("claims"); /* which sums up rows of other suites */
    tap_ok(mw_summarise(&session, &err) == 0 && session.results.n_rows == 12, "three series, three summaries");
    char *const *a = mw_summary_find(&session, "a", "1", "speedup");
    tap_ok(a && strcmp(a[MW_RESULTS_suite], "decode") == 0 && strcmp(a[MW_RESULTS_phase], "steady") == 0,
           "of the suite and phase that their rows are of");
    const double half = 4.302652729696142 * log(2) / sqrt(3);
    tap_ok(a && fabs(mw_cell_number(a[MW_RESULTS_value]) - 4) < 1e-5 &&
               fabs(mw_cell_number(a[MW_RESULTS_ci_low]) / (4 / exp(half)) - 1) < 1e-5 &&
               fabs(mw_cell_number(a[MW_RESULTS_ci_high]) / (4 * exp(half)) - 1) < 1e-5,
           "a ratio: geometric mean, t-interval on logs");
    tap_ok(a && strcmp(a[MW_RESULTS_n], "12") == 0 && strcmp(a[MW_RESULTS_note], "3 processes") == 0 &&
               !a[MW_RESULTS_rep],
           "samples are added up, the note says how many processes");
    char *const *b = mw_summary_find(&session, "b", "1", "speedup");
    tap_ok(b && fabs(mw_cell_number(b[MW_RESULTS_value]) - 5) < 1e-6,
           "a value that is unavailable does not count as 0");
    char *const *c = mw_summary_find(&session, "a", "1", "slow_tokens");
    tap_ok(c && fabs(mw_cell_number(c[MW_RESULTS_value]) - 2) < 1e-6, "a count: arithmetic mean");
    tap_ok(!mw_summary_find(&session, "c", "1", "speedup"), "no summary of what was not measured");
    end();
    start(4);
    session.first_stage = 3; /* the fourth lies in the midst of the first three */
    const double logs[] = {-1, 0, 1, 0};
    for (int rep = 1; rep <= 4; rep++)
        row(rep, "a", "speedup", exp(logs[rep - 1]), NULL);
    char *const *d = mw_summarise(&session, &err) == 0 ? mw_summary_find(&session, "a", "1", "speedup") : NULL;
    const double stein = 4.302652729696142 / 2, student = 3.182446305284263 * sqrt(2.0 / 3) / 2;
    tap_ok(d && fabs(log(mw_cell_number(d[MW_RESULTS_ci_high])) - sqrt((stein * stein + student * student) / 2)) < 1e-5,
           "with a first stage: its spread counts beside that of all");
    end();
}

static int judged(uint64_t reps, double value, double low)
{
    mw_error err;
    start(reps);
    for (int rep = 1; rep <= (int)reps; rep++)
        row(rep, "a", "roof_fraction", value, reps == 1 ? &(mw_interval){low, 2} : NULL);
    if (reps > 1)
        row(-1, "a", "roof_fraction", value, &(mw_interval){low, 2});
    int rc = mw_roof_fractions_check(&session, &err);
    end();
    return rc;
}

static void test_roof_limit(void)
{
    tap_ok(judged(3, 1.1, 1.05) == -EDOM, "1.10, at least 1.05, of the roof: the roof is wrong");
    tap_ok(judged(3, 1.1, 0.9) == 0, "1.10, but perhaps 0.90: no evidence that it is wrong");
    tap_ok(judged(3, 0.99, 0.98) == 0, "0.99 is possible");
    tap_ok(judged(1, 1.1, 1.05) == -EDOM, "one process: its blocks decide");
    tap_ok(judged(1, 1.1, NAN) == 0, "one process with one block decides nothing");
}

static bool warned(const char *word)
{
    for (size_t i = 0; i < session.results.n_rows; i++) {
        char *const *r = mw_csv_row(&session.results, i);
        if (strcmp(r[MW_RESULTS_metric], "warning") == 0 && strstr(r[MW_RESULTS_note], word))
            return true;
    }
    return false;
}

static void machine(int i, double gbs)
{
    mw_csv_add(&session.roof, NULL);
    mw_csv_set(&session.roof, MW_ROOF_variant, "machine");
    mw_csv_set(&session.roof, MW_ROOF_threads, "1");
    mw_csv_set(&session.roof, MW_ROOF_block, "%d", i);
    mw_csv_set(&session.roof, MW_ROOF_roof_gbs, "%f", gbs);
}

static void token(double us)
{
    mw_csv_add(&session.tokens, NULL);
    mw_csv_set(&session.tokens, MW_TOKENS_variant, "a");
    mw_csv_set(&session.tokens, MW_TOKENS_threads, "1");
    mw_csv_set(&session.tokens, MW_TOKENS_phase, "steady");
    mw_csv_set(&session.tokens, MW_TOKENS_latency_us, "%f", us);
}

static void sweep(const char *variant, int threads, double gbs)
{
    mw_csv_add(&session.roof, NULL);
    mw_csv_set(&session.roof, MW_ROOF_variant, "%s", variant);
    mw_csv_set(&session.roof, MW_ROOF_threads, "%d", threads);
    mw_csv_set(&session.roof, MW_ROOF_roof_gbs, "%.9g", gbs);
}

static bool summary_is(const char *metric, double value, double low, double high, const char *n)
{
    char *const *r = mw_summary_find(&session, "a", "1", metric);
    const double cells[] = {mw_cell_number(r ? r[MW_RESULTS_value] : NULL),
                            mw_cell_number(r ? r[MW_RESULTS_ci_low] : NULL),
                            mw_cell_number(r ? r[MW_RESULTS_ci_high] : NULL)},
                 want[] = {value, low, high};
    bool same = r && strcmp(r[MW_RESULTS_n], n) == 0;
    for (int i = 0; i < 3; i++)
        same &= isnan(want[i]) ? isnan(cells[i]) : fabs(cells[i] - want[i]) < 1e-6;
    return same;
}

/* Tokens take 1 to 1000 us, sweeps 1 to n_sweeps of something; other variants, thread counts and phases 5000. What
 * three processes say is 0.7, 0.8 and 0.9: only of the difference is that averaged. */
static void tails(int n_sweeps)
{
    mw_error err;
    start(3);
    static const char *const metrics[] = {"tail_ratio", "roof_tail_ratio", "tail_excess"};
    for (int rep = 1; rep <= 3; rep++)
        for (int i = 0; i < 3; i++)
            row(rep, "a", metrics[i], 0.6 + 0.1 * rep, NULL);
    for (int i = 0; i < 1000; i++) {
        token((i * 7 % 1000) + 1);
        token(5000);
        mw_csv_set(&session.tokens, MW_TOKENS_phase, "warmup");
    }
    for (int i = 0; i < n_sweeps; i++) {
        sweep("a", 1, 1e3 / (i + 1));
        sweep("machine", 1, 0.2);
        sweep("a", 2, 0.2);
    }
    tap_ok(mw_summarise(&session, &err) == 0 &&
               summary_is("tail_ratio", 990.01 / 500.5, 983.0 / 532, 997.0 / 469, "1000"),
           "tail of the tokens of all processes, %d sweeps", n_sweeps);
}

static void test_tails(void)
{
    tails(368);
    tap_ok(summary_is("roof_tail_ratio", 364.33 / 184.5, 360.0 / 204, 368.0 / 165, "368"),
           "tail of the sweeps over the variant's own pages");
    end();
    tails(367);
    tap_ok(summary_is("roof_tail_ratio", 363.34 / 184, 359.0 / 203, NAN, "367"), "367 sweeps have no upper side");
    end();
    tails(0);
    tap_ok(summary_is("roof_tail_ratio", NAN, NAN, NAN, "0"), "no sweeps, no tail of theirs");
    const double half = 4.302652729696142 * 0.1 / sqrt(3);
    tap_ok(summary_is("tail_excess", 0.8, 0.8 - half, 0.8 + half, "12"),
           "the difference is the mean of those of the processes");
    end();
}

static void block(double tokens_us, double steal_us, double pressure_us)
{
    mw_csv_add(&session.blocks, NULL);
    mw_csv_set(&session.blocks, MW_BLOCKS_tokens_us, "%f", tokens_us);
    mw_csv_set(&session.blocks, MW_BLOCKS_steal_us, "%f", steal_us);
    mw_csv_set(&session.blocks, MW_BLOCKS_cpu_pressure_us, "%f", pressure_us);
}

static void test_noise(void)
{
    start(3);
    block(1e6, 1e3, 1e4);
    mw_noise_warnings(&session);
    tap_ok(!warned("hypervisor") && !warned("waited"), "a machine of one's own: no warning");
    block(1e6, 9e4, 2e5);
    mw_noise_warnings(&session);
    tap_ok(warned("hypervisor took 0.1 s") && warned("waited for a CPU for 0.2 s during 2.0 s"),
           "stolen time and waiting are told");
    end();
    start(3);
    row(-1, "a", "tokens_per_s", 50, NULL);
    for (int i = 0; i < 90; i++) {
        machine(i, 40 + 0.1 * (i * 7 % 11));
        token(20000 + i * 7 % 11);
    }
    mw_noise_warnings(&session);
    tap_ok(!warned("roof") && !warned("groups") && !warned("median"), "a calm machine: no warning");
    row(1, "a", "slow_tokens", 3, NULL);
    row(2, "a", "slow_tokens", 1, NULL);
    row(1, "a", "slow_tokens_explained", 1, NULL);
    row(2, "a", "slow_tokens_memory", 1, NULL);
    row(1, "a", "slow_tokens_stolen", NAN, NULL);
    mw_noise_warnings(&session);
    tap_ok(warned("4 of 8 tokens took over") && warned("; 1 of them") && warned("1 with a slow roof") &&
               warned("0 with stolen time, 2 with nothing known"),
           "slow tokens are told, and what explains them");
    end();
    start(3);
    row(-1, "a", "tokens_per_s", 50, NULL);
    for (int i = 0; i < 90; i++) {
        machine(i, i * 7 % 10 < 4 ? 30 + 0.01 * i : 55 + 0.01 * i);
        token(i % 3 ? 20000 + i : 27000 + i);
    }
    mw_noise_warnings(&session);
    tap_ok(warned("jumps between 30.") && warned("60 %"), "two levels of the machine's roof are told");
    tap_ok(warned("two groups for 1 of 1 rows") && warned("20.0 and 27.0 ms"), "two groups of token times are told");
    end();
    start(3);
    for (int i = 0; i < 90; i++)
        machine(i, 55 - 0.25 * i + 0.3 * (i * 7 % 11));
    mw_noise_warnings(&session);
    tap_ok(warned("drifted from 5"), "a drift is told");
    mw_session_warn(&session, "the same %s", "sentence");
    size_t n = session.results.n_rows;
    mw_session_warn(&session, "the same %s", "sentence");
    tap_ok(session.results.n_rows == n, "a sentence is said once");
    end();
}

int main(void)
{
    test_summaries();
    test_roof_limit();
    test_tails();
    test_noise();
    return tap_done();
}
