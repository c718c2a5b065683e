/* The claim ledger: what the paper says, what its artifact shows, what was measured, and a verdict.
 *
 * A verdict is never written down. It is computed from rows of results.csv and from facts of the paper's source, by the
 * rule of its claim. Claims and facts are listed in claims_list.c. Judges (judges.c) are pure functions of the
 * evidence, as are predictions (predicted.c); ledger.c turns what they find into rows of claims.csv; claims.c runs the
 * suites that bring the evidence. */
#ifndef MW_BENCH_CLAIMS_H
#define MW_BENCH_CLAIMS_H

#include "bench/run/session.h"

/* --- evidence --- */

/* A fact of the paper and its published source that claims are judged by: a number, and where it is from. */
typedef struct mw_fact {
    const char *key;
    double value;
    const char *where; /* tex: the paper's source, hpp: the engine's header, at the first upload */
} mw_fact;

/* How rows came about, and why some are missing. */
typedef struct mw_evidence_source {
    char suite[16], run_id[64]; /* an empty run_id stands for every run */
    char command[640];
    char missing[256]; /* why the suite gave nothing; else empty */
} mw_evidence_source;

enum { MW_MOST_SOURCES = 64 };

typedef struct mw_evidence {
    const mw_csv *results; /* of results.csv */
    const mw_fact *facts;
    mw_evidence_source sources[MW_MOST_SOURCES];
    size_t n_sources;
} mw_evidence;

double mw_fact_of(const mw_evidence *evidence, const char *key); /* NAN if it is not there */

/* The best row of a run that the filter lets through and that has a value: one from a real AArch64 machine before one
 * from elsewhere, and that before an emulated one; else the first. Without one, its value is NAN. */
mw_row mw_row_best(const mw_evidence *evidence, mw_filter filter);

/* The same from the run of `row`. Where the filter asks for no suite, metric, variant, number of threads or param, it
 * has those of `row`. */
mw_row mw_row_near(const mw_evidence *evidence, const mw_row *row, mw_filter filter);

/* `a` with the ratio a / b for its value. The interval reaches from one pair of ends to the other, so it covers the
 * ratio at least 90 % of the time. */
mw_row mw_row_ratio(mw_row a, mw_row b);

/* Whether a row is about the paper's model. */
bool mw_row_of_paper(const mw_row *row);

/* Where rows of a suite come from; NULL if nobody knows. */
const mw_evidence_source *mw_evidence_source_of(const mw_evidence *evidence, const char *suite, const char *run_id);

/* --- claims --- */

typedef enum mw_verdict { MW_HOLDS, MW_HOLDS_IN_PART, MW_DOES_NOT_HOLD, MW_NOT_TESTABLE, MW_VERDICTS } mw_verdict;
extern const char *const mw_verdict_names[MW_VERDICTS];

/* Where a claim can be tested. */
typedef enum mw_place { MW_ANYWHERE, MW_ON_AARCH64, MW_ON_APPLE } mw_place;

typedef struct mw_claim mw_claim;

/* What a judge found. */
typedef struct mw_finding {
    const mw_claim *claim;
    mw_verdict verdict;
    const char *unit; /* of the row's value */
    mw_row row;       /* that decided, perhaps with a value made of several rows; a value of NAN: there is none */
    char note[640];
} mw_finding;

/* Returns the verdict, and may add notes or change the row of the finding. */
typedef mw_verdict mw_judge(const mw_evidence *evidence, mw_finding *finding);

/* A number that suite `predict` leads to. A prediction is modelled, so no verdict depends on it. */
typedef struct mw_predicted {
    const char *what; /* what the number is; NULL ends a list */
    mw_filter row;    /* tokens/s: without threads, of most threads; without a metric, the paper's figure instead */
    mw_filter over;   /* over these of the same run, if it has a metric */
    double tokens;    /* the time of so many tokens, in seconds; 0: the rate itself */
    double scale;     /* times this; 0 stands for 1 */
    const char *fact; /* times this fact; NULL: none */
    const char *unit; /* of the number; of the first in a list, that of the claim */
} mw_predicted;

struct mw_claim {
    const char *id, *where;
    double figure; /* what the paper says; NAN: no number */
    const char *unit;
    mw_place place;
    mw_judge *judge;
    const char *title; /* at most 29 characters */
    const char *text, *artifact, *rule;
    const char *measure;           /* what our value is: */
    mw_filter row;                 /* that of this row; its suite brings the evidence */
    mw_filter over;                /* over this one of the same run, if it has a metric */
    double scale;                  /* times this; 0 stands for 1 */
    bool interval;                 /* nothing is decided without one */
    const char *provenance;        /* of claims that need no row, because the judge makes the value; else NULL */
    const mw_predicted *predicted; /* the first is the value, others are told beside it; NULL: none */
    const char *unpredicted;       /* why there is none, where a measurement may lack; else NULL */
};

/* Adds a sentence to a finding. */
__attribute__((format(printf, 2, 3))) void mw_note(mw_finding *finding, const char *format, ...);

/* All of them; the lists end with a NULL id and a NULL key. */
extern const mw_claim mw_claims[];
extern const mw_fact mw_facts[];

mw_judge mw_judge_roofline, mw_judge_accumulators, mw_judge_column_major, mw_judge_intensity, mw_judge_energy,
    mw_judge_int4, mw_judge_utilization, mw_judge_alignment, mw_judge_perplexity, mw_judge_speedup, mw_judge_loading,
    mw_judge_tail, mw_judge_turn_taking, mw_judge_beam, mw_judge_rmsnorm, mw_judge_soak, mw_judge_pytorch,
    mw_judge_misaligned;

/* --- predictions --- */

enum { MW_FORECAST_BY = 400, MW_FORECAST_NOTE = 3000 };

/* What was predicted for a claim. */
typedef struct mw_forecast {
    double value, low, high;     /* low and high: the range over the inputs; NAN without one */
    char by[MW_FORECAST_BY];     /* what the value is, and its machine, kernel, threads, rule and what binds */
    char note[MW_FORECAST_NOTE]; /* other predictions; or why there is no value */
} mw_forecast;

/* Computes the predictions of a claim from rows of suite `predict`. All of it is empty for a claim without any. */
void mw_claim_predict(const mw_claim *claim, const mw_evidence *evidence, mw_forecast *forecast);

/* --- the ledger --- */

/* Judges one claim: what its judge finds, but `not testable here` where the evidence does not come from the place, the
 * model or the kind of timing that the claim is about; the note then says what the shape of it would mean. */
void mw_claim_judge(const mw_claim *claim, const mw_evidence *evidence, mw_finding *finding);

/* Judges all claims and appends a row each to `claims`. A `run_id` of NULL stands for that of the deciding row. */
void mw_claims_judge_all(const mw_evidence *evidence, const char *run_id, mw_csv *claims);

/* Judges what is in result folders (or results.csv), separated by commas, without measuring, and prints the ledger. */
int mw_claims_of_folders(const char *folders, mw_format format, FILE *to, mw_error *err);

/* Prints the ledger: a table, how many claims got each verdict, and a list of all that is known of each claim. */
void mw_claims_print(mw_page *page, const mw_csv *claims);

/* --- the suites that the ledger runs --- */

enum { MW_MOST_ARGS = 24, MW_MOST_RUNS = 9 };

typedef struct mw_claims_run {
    const char *suite;
    char arg[MW_MOST_ARGS][512]; /* after the name of the program; no --out */
    int n_args;
    bool each_process; /* started --reps times: the suite repeats within one process only */
} mw_claims_run;

/* The runs of suite `claims` under these options; returns how many. */
int mw_claims_runs(const mw_options *options, mw_claims_run runs[MW_MOST_RUNS]);

/* Its suite, and its command as a shell takes it. */
mw_evidence_source mw_claims_source(const mw_claims_run *run);

#endif
