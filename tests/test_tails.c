/* Slow tokens and their causes, from a unit made by hand. */
#include "bench/suites.h"
#include "bench/units/unit.h"
#include "platform/os.h"
#include "tests/csv_texts.h"
#include "tests/tap.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

enum { TOKENS = 40, SWEEPS = 20 };

static mw_sample samples[TOKENS];
static mw_sweep sweeps[SWEEPS];
static mw_block blocks[4];
static mw_unit unit;

/* Tokens of 1000 us and sweeps of 40 GB/s: ten tokens of warm-up in block 0, ten in each of three blocks. */
static void start(void)
{
    memset(samples, 0, sizeof samples);
    for (uint32_t i = 0; i < TOKENS; i++)
        samples[i] = (mw_sample){.position = i, .block = i / 10, .latency_us = 1000, .roof_gbs = i < 10 ? 0 : 40};
    for (uint32_t i = 0; i < SWEEPS; i++)
        sweeps[i] = (mw_sweep){1 + i * 3 / SWEEPS, 40};
    for (int i = 0; i < 4; i++)
        blocks[i] = (mw_block){.disturbance = {0, 0, 0}};
    unit = (mw_unit){
        .samples = samples, .sweeps = sweeps, .blocks = blocks, .n_samples = TOKENS, .n_sweeps = SWEEPS, .n_blocks = 4};
}

static bool counts(size_t events, size_t memory, size_t stolen, size_t unexplained)
{
    double x[TOKENS];
    const mw_slow s = mw_slow_tokens(&unit, x);
    return s.tokens == 30 && s.slow == events + memory + stolen + unexplained && s.events == events &&
           s.memory == memory && s.stolen == stolen && s.unexplained == unexplained;
}

static void test_causes(void)
{
    start();
    tap_ok(counts(0, 0, 0, 0), "equal tokens: none is slow");
    samples[3].latency_us = 9000;
    samples[12].latency_us = 1250;
    tap_ok(counts(0, 0, 0, 0), "1.25 times the median is not over it; warm-up does not count");
    samples[12].latency_us = 1251;
    tap_ok(counts(0, 0, 0, 1), "more is, and nothing is known of it");
    samples[12].roof_gbs = 32;
    tap_ok(counts(0, 0, 0, 1), "a roof at 1/1.25 of the median is not slow");
    samples[12].roof_gbs = 31.9;
    tap_ok(counts(0, 1, 0, 0), "below, memory itself was slow");
    samples[12].roof_gbs = 0;
    tap_ok(counts(0, 0, 0, 1), "no sweep beside it says nothing");
    blocks[1].disturbance.steal_us = 250;
    tap_ok(counts(0, 0, 0, 1), "less stolen than it took too long");
    blocks[1].disturbance.steal_us = 251;
    tap_ok(counts(0, 0, 1, 0), "as much");
    blocks[2].disturbance.steal_us = 10000;
    blocks[1].disturbance.steal_us = MW_UNKNOWN;
    tap_ok(counts(0, 0, 0, 1), "stolen from another block, or not told");
    samples[12].roof_gbs = 20;
    samples[12].switched = true;
    blocks[1].disturbance.steal_us = 10000;
    tap_ok(counts(1, 0, 0, 0), "all three at once: what happened during the token itself");
    samples[12].switched = false;
    tap_ok(counts(0, 1, 0, 0), "then the roof beside it");
    samples[13].latency_us = samples[14].latency_us = samples[25].latency_us = samples[36].latency_us = 3000;
    samples[13].fault = samples[14].moved = true;
    tap_ok(counts(2, 1, 1, 1), "five tokens, each once");
    double x[TOKENS];
    tap_ok(mw_slow_tokens(&unit, x).steal_told, "some block tells what was stolen");
    for (int i = 0; i < 4; i++)
        blocks[i].disturbance.steal_us = MW_UNKNOWN;
    tap_ok(!mw_slow_tokens(&unit, x).steal_told && counts(2, 1, 0, 2), "no block does");
}

static double number(const mw_session *s, const char *metric, size_t column)
{
    for (size_t i = 0; i < s->results.n_rows; i++) {
        char *const *row = mw_csv_row(&s->results, i);
        if (strcmp(row[MW_RESULTS_metric], metric) == 0)
            return row[column] ? strtod(row[column], NULL) : NAN;
    }
    return -1;
}

static void test_rows(void)
{
    const mw_options options = {.suite = mw_suite_named("decode")};
    mw_session s = {.options = &options, .provenance = "measured", .results = mw_csv_results(), .rep = 1};
    start();
    for (int i = 0; i < 30; i++) /* 1001, 1002, ... 1030: P50 1015.5, P99 1029.71 */
        samples[10 + i].latency_us = 1001 + i * 7 % 30;
    sweeps[4].gbs = sweeps[5].gbs = 10; /* 20 times, two of them fourfold: P50 1, P99 4 */
    samples[11].latency_us = 2000;      /* instead of 1008: P50 1016.5, P99 1030 + 0.71 * 970 */
    mw_unit_record_tails(&unit, &s);
    tap_ok(fabs(number(&s, "tail_ratio", MW_RESULTS_value) - (1030 + 0.71 * 970) / 1016.5) < 1e-6 &&
               number(&s, "tail_ratio", MW_RESULTS_n) == 30,
           "a process's own tail");
    tap_ok(fabs(number(&s, "roof_tail_ratio", MW_RESULTS_value) - 4) < 1e-6 &&
               number(&s, "roof_tail_ratio", MW_RESULTS_n) == SWEEPS,
           "that of its sweeps");
    tap_ok(fabs(number(&s, "tail_excess", MW_RESULTS_value) - ((1030 + 0.71 * 970) / 1016.5 - 4)) < 1e-6 &&
               isnan(number(&s, "tail_excess", MW_RESULTS_ci_low)),
           "the difference, without an interval");
    tap_ok(number(&s, "slow_tokens", MW_RESULTS_value) == 1 &&
               number(&s, "slow_tokens_unexplained", MW_RESULTS_value) == 1 &&
               number(&s, "slow_tokens_explained", MW_RESULTS_value) == 0 &&
               number(&s, "slow_tokens_memory", MW_RESULTS_value) == 0 &&
               number(&s, "slow_tokens_stolen", MW_RESULTS_value) == 0 &&
               number(&s, "slow_sweeps", MW_RESULTS_value) == 2,
           "a row for each cause");
    mw_csv_free(&s.results);
    s.results = mw_csv_results();
    for (int i = 0; i < 4; i++)
        blocks[i].disturbance.steal_us = MW_UNKNOWN;
    unit.n_sweeps = 0;
    mw_unit_record_tails(&unit, &s);
    tap_ok(isnan(number(&s, "slow_tokens_stolen", MW_RESULTS_value)) &&
               isnan(number(&s, "roof_tail_ratio", MW_RESULTS_value)) &&
               isnan(number(&s, "tail_excess", MW_RESULTS_value)) && number(&s, "slow_tokens", MW_RESULTS_value) == 1,
           "what is not told is unavailable");
    mw_csv_free(&s.results);
}

int main(void)
{
    test_causes();
    test_rows();
    return tap_done();
}
