/* Suite `ttft`: time to first token, cold and warm, and what it is made of.
 *
 * A sample is a fresh process (sample.h) that meets the model's file in a state that was proved (state.h). A round
 * takes every case once, in random order; --reps rounds are one result. What is recorded where: ttft.csv has every
 * phase of every sample, results.csv what a round says of a case, and after the last round the summaries. */
#ifndef MW_BENCH_TTFT_H
#define MW_BENCH_TTFT_H

#include "bench/run/plan.h"
#include "bench/ttft/file_state.h"
#include "bench/ttft/sample.h"

/* The paper's thresholds in ms: the gap between two speakers of a conversation, and half of it. */
enum { MW_TTFT_TURN_MS = 200, MW_TTFT_INSTANT_MS = 100 };

/* A cell of the matrix. */
typedef struct mw_ttft_case {
    const mw_variant *variant;
    const mw_model *model; /* whose file is cold or warm */
    int threads;
    const int32_t *prompt;
    size_t n_prompt;
    bool cold, single;
} mw_ttft_case;

/* What a round says of a case; NAN where nothing was measured or the system does not tell. */
typedef struct mw_ttft_sample {
    bool counted;
    double ms[MW_TTFT_PHASES]; /* medians where a phase happens more than once */
    double ttft_ms;
    double minor, major, touch_faults, read_bytes; /* from open to the first token; `touch` apart */
    double rss_mib, pss_mib, huge_mib;             /* after the first token */
} mw_ttft_sample;

/* Cases and their samples of all rounds so far: sample[round * n + case]. */
typedef struct mw_ttft {
    mw_session *session;
    mw_csv *table; /* ttft.csv */
    mw_variant *variants;
    mw_plan plan;
    int32_t *prompts[MW_MAX_NUMBERS];
    mw_ttft_case *cases;
    size_t n, rounds;
    mw_ttft_sample *sample;
    double *pack_ms; /* [rounds]: what making the .tvl file took; NAN if not measured */
} mw_ttft;

/* Measures `variants`, or without a choice on the command line the matrix {row-major checkpoint, .tvl} x every load.
 * Fills ttft.csv and
 * results.csv. -EDOM if a kernel failed its check, with the rest measured. */
int mw_ttft_suite(mw_session *session, const mw_variant *variants, int n, mw_error *err);

/* Fills variants (`chosen`: those, else the matrix), plan, prompts and cases. What it took is to be freed in any case. */
int mw_ttft_plan(mw_ttft *t, const mw_variant *variants, int n, bool chosen, mw_error *err);

/* Reads a sample's rows, the last `rows` of ttft.csv. */
mw_ttft_sample mw_ttft_sample_of(const mw_csv *table, size_t first_row);

/* Rows of results.csv for one round, and those that need all of them: break-even points. */
void mw_ttft_record_round(const mw_ttft *t, size_t round);
void mw_ttft_record_all(const mw_ttft *t);

/* The table that the suite shows. All of it comes from results.csv. */
void mw_ttft_report(const mw_session *session, mw_page *page);

#endif
